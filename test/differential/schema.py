# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What filler-gen's schema says of events: which system call makes which, and where each param comes from."""
import glob
import json
import os

WIDTHS = {'8': 8, '16': 16, '32': 32, '64': 64}


class Flags:
    """A table of named values."""

    def __init__(self, table):
        self.kind = table.get('kind')
        self.values = [v for v in table['values']]
        self.converted = any('kernel' in v for v in self.values)
        self.default = table.get('default')
        self.wire_of = {v['name']: v['wire'] for v in self.values}
        # "No flag" is not worth a name, but a 0 within flags is.
        self.named = {v['name'] for v in self.values if v['wire'] or 'mask' in v}

    def kernel_of(self, v, arch):
        kernel = v.get('kernel')
        return kernel.get(arch) if isinstance(kernel, dict) else kernel

    def value_of(self, text):
        """The number that a string of names stands for, and the names; None: a name that the table has not."""
        names, number = set(), 0
        if text == '0':
            return 0, names
        for name in text.split('|'):
            if name in self.wire_of:
                number |= self.wire_of[name]
                names.add(name)
            elif name[:1].isdigit() or name[:1] == '-':
                number |= int(name, 0)
            else:
                return None, names
        return number, names

    def convert(self, number, arch):
        """What the driver makes of the kernel's value; which names that loses is another matter."""
        if not self.converted:
            return number
        if self.kind == 'enum':
            for v in self.values:
                if self.kernel_of(v, arch) == number:
                    return v['wire']
            return self.wire_of.get(self.default, 0)
        wire = 0
        for v in self.values:
            kernel = self.kernel_of(v, arch)
            if kernel is None:
                continue
            mask = v.get('mask')
            if (number & mask == kernel) if mask else (kernel and number & kernel == kernel):
                wire |= v['wire']
        return wire


SIZES = {'u8': 1, 's8': 1, 'char': 1, 'u16': 2, 's16': 2, 'u32': 4, 's32': 4, 'timespec': 16, 'timeval': 16}  # else 8


def field_ends(struct, arch):
    """Where each field of a struct ends, for 64-bit callers."""
    ends, at = {}, 0
    for field in struct['fields']:
        kind, name = field.split()
        kind, _, count = kind.rstrip(']').partition('[')
        size = SIZES.get(kind, 8)
        if struct.get('packed') not in (True, arch):
            align = min(size, 8)
            at = (at + align - 1) // align * align
        at += size * int(count or 1)
        ends[name] = at
    return ends


class Schema:
    def __init__(self, directory, arch):
        self.arch = arch
        self.flags, self.events, self.of_syscall, self.structs = {}, {}, {}, {}
        syscalls = []
        for path in sorted(glob.glob(os.path.join(directory, '*.json'))):
            with open(path, encoding='utf-8') as f:
                doc = json.load(f)
            for table in doc.get('flags', []):
                self.flags[table['name']] = Flags(table)
            for event in doc.get('events', []):
                self.events[event['code']] = event
            for struct in doc.get('structs', []):
                self.structs[struct['name']] = field_ends(struct, arch)
            syscalls += doc.get('syscalls', [])
        for call in syscalls:
            if arch in call['nr']:
                self.of_syscall[call['name']] = self.events.get(call['event'])
        self.number = {c['nr'][arch]: c['name'] for c in syscalls if arch in c['nr']}
        self.names = {e['name'] for e in self.events.values() if e['source'] == 'syscall'}

    def event(self, syscall):
        """The exit event of a system call, by the name that strace has for it."""
        if syscall.startswith('syscall_0x'):
            syscall = self.number.get(int(syscall[8:], 16))
        return self.of_syscall.get(syscall)


def width(kind):
    """Of an integer type, in bits; None: no integer."""
    if kind in ('FD', 'PID', 'ERRNO', 'RELTIME', 'ABSTIME', 'SIGSET'):
        return 64
    if kind in ('UID', 'GID', 'MODE'):
        return 32
    if kind in ('SIGTYPE', 'BOOL'):
        return 8
    for prefix in ('UINT', 'INT', 'FLAGS', 'ENUMFLAGS'):
        if kind.startswith(prefix) and kind[len(prefix):] in WIDTHS:
            return WIDTHS[kind[len(prefix):]]
    return None
