# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads what `strace -ff -v -y -X verbose -xx -o FILE` writes: one file a thread, one call a line.

In this form every string is in hexadecimal, every constant is a number with its names in a comment, and no call is split
into halves, so a value has few shapes: Value.
"""
import errno
import functools
import re
import signal

TOKEN = re.compile(
    r'(?P<string>"[^"]*")'
    r'|(?P<comment>/\*(?:[^/*]|/(?!\*)|\*(?!/)|/\*(?:[^*]|\*(?!/))*\*/)*\*/)'  # one may be within another
    r'|(?P<number>-?(?:0x[0-9a-fA-F]+|\d+))'
    r'|(?P<word>[A-Za-z_][A-Za-z0-9_.]*)'
    r'|(?P<fd><[^<>]*>(?:\(deleted\))?)'
    r'|(?P<dots>\.\.\.)'
    r'|(?P<arrow>=>)'
    r'|(?P<and>&&|==|<<|>>)'
    r'|(?P<punct>[][{}(),|=~*+?<>!&^:;@/-])'
    r'|(?P<space>\s+)')

ESCAPE = re.compile(r'\\x([0-9a-f]{2})|\\(.)')

RESTARTS = {'ERESTARTSYS': 512, 'ERESTARTNOINTR': 513, 'ERESTARTNOHAND': 514, 'ENOIOCTLCMD': 515,
            'ERESTART_RESTARTBLOCK': 516, 'ENOTSUPP': 524}
ERRNOS = {name: number for number, name in errno.errorcode.items()} | RESTARTS
ERRNOS |= {'EDEADLOCK': errno.EDEADLK, 'EWOULDBLOCK': errno.EAGAIN, 'EOPNOTSUPP': errno.EOPNOTSUPP, 'ENOTSUP': errno.EOPNOTSUPP}

SIGNALS = {'SIGPOLL': 29, 'SIGIOT': 6, 'SIGCLD': 17, 'SIGSTKFLT': 16} | {s.name: int(s) for s in signal.Signals if s.name not in ('SIGRTMIN', 'SIGRTMAX')}


def signal_number(name):
    """SIGINT, INT, SIGRT_3 or RT_3, SIGRTMIN: to strace the kernel's 32."""
    name = name.removeprefix('SIG')
    if name.isdigit():
        return int(name)
    if name == 'RTMIN':
        return 32
    if name.startswith('RT_'):
        return 32 + int(name[3:])
    return SIGNALS.get('SIG' + name)


MAX_ERRNO = 4095


class Value:
    """One argument, field or element."""
    __slots__ = ('number', 'names', 'data', 'cut', 'fields', 'items', 'inverted', 'path', 'after', 'words', 'parts', 'either')

    def __init__(self):
        self.number = None    # also that of a pointer which strace did not follow
        self.names = None     # of flags and constants, where strace has some
        self.either = False   # the names are of constants that have the same number
        self.data = None      # bytes of a string
        self.cut = False      # there is more of the string, list or struct
        self.fields = None    # of a struct, by name
        self.items = None     # of a list; of a struct's fields that have no name
        self.inverted = False  # a set of signals: those that are not in it
        self.path = None      # what strace says a file descriptor is
        self.after = None     # what is there after the call, where strace shows both
        self.words = []       # whatever else stands there
        self.parts = []       # the numbers that the number is the sum of

    def __repr__(self):
        parts = []
        for name in self.__slots__:
            v = getattr(self, name)
            if v not in (None, False, []):
                parts.append(f'{name}={v!r}')
        return '<' + ' '.join(parts) + '>'


class Call:
    """A line of the log."""
    __slots__ = ('name', 'args', 'named', 'ret', 'path', 'extra', 'line')

    def arg(self, n):
        return self.args[n] if n < len(self.args) else None


def unescape(text):
    if '\\' not in text:
        return text.encode('latin-1')
    plain = {'n': '\n', 't': '\t', 'r': '\r', 'v': '\v', 'f': '\f'}
    return ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else plain.get(m[2], m[2]), text).encode('latin-1')


def integer(text):
    sign, digits = (-1, text[1:]) if text[0] == '-' else (1, text)
    if digits.startswith('0x'):
        return sign * int(digits, 16)
    return sign * int(digits, 8 if len(digits) > 1 and digits[0] == '0' else 10)


class Parser:
    def __init__(self, line, at):
        self.line = line
        self.at = at
        self.kind = self.text = None
        self.step()

    def step(self):
        while True:
            if self.at >= len(self.line):
                self.kind, self.text = 'end', ''
                return
            m = TOKEN.match(self.line, self.at)
            if not m:
                raise ValueError(f'column {self.at}: {self.line[self.at:self.at + 40]!r}')
            self.at = m.end()
            if m.lastgroup != 'space':
                self.kind, self.text = m.lastgroup, m[0]
                return

    def is_punct(self, chars):
        return self.kind == 'punct' and self.text in chars

    def value(self):
        """Up to what ends it: a comma, a bracket, or a blank between elements that have no comma."""
        v = Value()
        joined = True
        while True:
            if self.kind == 'end' or self.is_punct(',)]}'):
                return v
            if self.kind == 'arrow':
                self.step()
                v.after = self.value()
                return v
            if self.kind in ('number', 'word') and not joined and (v.number is not None or v.words):
                return v  # [3 4], [INT QUIT]
            joined = self.kind == 'and' or self.is_punct('|*~-:?')
            if self.is_punct('|') and not v.number:
                v.names = None  # of a 0 before other flags: that nothing of its kind is set
            self.piece(v)

    def piece(self, v):
        if self.kind == 'string':
            v.data = unescape(self.text[1:-1])
        elif self.kind == 'number':
            number = integer(self.text)
            if v.words[-1:] == ['<<'] and v.parts:
                v.parts[-1] <<= number
                v.number = functools.reduce(int.__or__, v.parts)
                v.words.pop()
            elif v.words[-1:] and v.words[-1] in ('==', '*', '<<'):
                v.words.append(number)
            else:
                v.number = number if v.number is None else v.number | number
                v.parts.append(number)
        elif self.kind == 'comment':
            self.comment(v)
        elif self.kind == 'fd':
            v.path = unescape(self.text[1:self.text.rindex('>')])
        elif self.kind == 'dots':
            v.cut = True
        elif self.is_punct('{'):
            self.struct(v)
            return
        elif self.is_punct('['):
            self.list(v)
            return
        elif self.is_punct('~'):
            v.inverted = True
        elif self.is_punct('('):
            v.words.append('(')
            self.step()
            self.arguments()
            return
        elif self.is_punct('|'):
            pass  # number after number: a sum
        elif self.kind == 'word' and self.text == 'NULL':
            v.number = 0
        else:
            v.words.append(self.text)
        self.step()

    def comment(self, v):
        names = self.text[2:-2].strip()
        # "??? ", dates, sizes and the like are no names of constants.
        found = set(re.findall(r'[A-Za-z_][A-Za-z0-9_]*[A-Z][A-Za-z0-9_]*|[A-Z][A-Z0-9_]+', names))
        if re.fullmatch(r'(1<<)?[A-Za-z_][A-Za-z0-9_]*(\s*(\||or)\s*(0x[0-9a-f]+|\d+|(1<<)?[A-Za-z_][A-Za-z0-9_]*))*', names):
            v.names = (v.names or set()) | found
            v.either = ' or ' in names

    def arguments(self):
        """Of a function or a macro: only to get past it."""
        depth = 1
        while depth and self.kind != 'end':
            depth += self.is_punct('(') - self.is_punct(')')
            self.step()

    def named(self):
        """k=, of a struct's field or an argument that has a name; None."""
        m = re.compile(r'=(?![=>])').match(self.line, self.at)
        if self.kind == 'word' and m:
            name = self.text
            self.step()
            self.step()
            return name
        return None

    def struct(self, v):
        v.fields, v.items = {}, v.items or []
        self.step()
        while not self.is_punct('}'):
            if self.kind == 'end':
                raise ValueError('a struct without end')
            if self.is_punct(','):
                self.step()
                continue
            name = self.named()
            field = self.value()
            if name:
                v.fields[name] = field
            elif field.cut and field.data is None:
                v.cut = True
            else:
                v.items.append(field)
        self.step()

    def list(self, v):
        v.items = []
        self.step()
        while not self.is_punct(']'):
            if self.kind == 'end':
                raise ValueError('a list without end')
            if self.is_punct(','):
                self.step()
                continue
            name = self.named()
            element = self.value()
            if name:
                v.fields = v.fields or {}
                v.fields[name] = element
            elif element.cut and element.data is None and element.number is None and element.fields is None:
                v.cut = True
            else:
                v.items.append(element)
        self.step()


HEAD = re.compile(r'([a-z_0-9]+)\(')
UNKNOWN_HEAD = re.compile(r'syscall_(0x[0-9a-f]+)\(')
RET = re.compile(r'\s*= (\?|-?(?:0x[0-9a-f]+|\d+))(<[^<>]*>)?')
FAILED = re.compile(r' (E[A-Z0-9_]+) \(| \(errno (\d+)\)')
ENDED = re.compile(r'\+\+\+ (exited with (\d+)|killed by (\w+)( \(core dumped\))?|superseded by .*) \+\+\+')
SIGNAL = re.compile(r'--- (SIG\w+) ')


def parse_call(line):
    """A Call, or None when the line is none."""
    m = HEAD.match(line)
    if not m:
        return None
    call = Call()
    call.name, call.args, call.named, call.line = m[1], [], {}, line
    if line.startswith('<... resuming', m.end()):
        m = re.compile(r'<[^<>]*>').match(line, m.end())
    p = Parser(line, m.end())
    while not p.is_punct(')'):
        if p.kind == 'end' or (p.is_punct('<') and line.startswith('unfinished', p.at)):
            # The thread ended within the call.
            call.ret = call.path = None
            call.extra = ''
            return call
        if p.is_punct(','):
            p.step()
            continue
        name = p.named()
        v = p.value()
        call.args.append(v)
        if name:
            call.named[name] = v
    m = RET.match(line, p.at)
    if not m:
        if '<unfinished' not in line[p.at:]:
            raise ValueError(f'no result: {line[p.at:p.at + 40]!r}')
        call.ret, call.path, call.extra = None, None, ''
        return call
    call.extra = line[m.end():]
    call.path = unescape(m[2][1:-1]) if m[2] else None
    failed = FAILED.match(call.extra)
    if failed and failed[2] and int(failed[2]) > MAX_ERRNO:
        call.ret = None  # the thread was killed before strace could read it
    elif failed and m[1] in ('-1', '?'):
        call.ret = -(ERRNOS[failed[1]] if failed[1] else int(failed[2]))
    elif m[1] == '?':
        call.ret = None
    else:
        call.ret = integer(m[1])
    return call


class Thread:
    """What the log of one thread says: calls in order, signals in order, how it ended."""

    def __init__(self, tid):
        self.tid = tid
        self.calls = []
        self.signals = []
        self.first = False  # the one that strace started
        self.status = None  # as wait(2) has it; None: not told

    def killed(self):
        return self.status is not None and self.status & 0x7f == signal.SIGKILL


def read_thread(path, tid):
    t = Thread(tid)
    with open(path, encoding='latin-1') as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip('\n')
            if line.startswith('--- '):
                m = SIGNAL.match(line)
                if m:
                    t.signals.append(signal_number(m[1]))
                continue
            if line.startswith('+++ '):
                m = ENDED.match(line)
                if m and m[2]:
                    t.status = int(m[2]) << 8
                elif m and m[3]:
                    t.status = signal_number(m[3]) | (0x80 if m[4] else 0)
                continue
            if line.startswith('???('):
                continue  # the thread was gone before strace could look at the call
            try:
                call = parse_call(line)
            except (ValueError, KeyError) as e:
                raise ValueError(f'{path}:{number}: {e}: {line[:200]}') from e
            if call is None:
                raise ValueError(f'{path}:{number}: not understood: {line[:200]}')
            t.calls.append(call)
    return t
