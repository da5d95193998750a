// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "run.h"

#include <stdlib.h>

int run_suite(Suite *s)
{
	SRunner *r = srunner_create(s);
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
