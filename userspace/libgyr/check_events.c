// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>

#include "internal.h"

int gyr_check_events(const char *events, char *errbuf, size_t errbuf_sz)
{
	struct gyr_diag diag = {0};
	struct selection sel;
	int err;

	err = selection_parse(&sel, events, &diag);
	if (errbuf && errbuf_sz)
		snprintf(errbuf, errbuf_sz, "%s", diag.msg);
	return err;
}
