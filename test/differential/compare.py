# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Compares what strace and gyr say of the same run: each thread's calls, signals and end."""
import collections
import re

import values
from schema import width
from values import LeftOut, NoRule

STRINGS = ('CHARBUF', 'FSPATH', 'FSRELPATH', 'BYTEBUF')
# Flags that no caller passes: what the call did.
MADE = {'O_F_CREATED', 'FD_UPPER_LAYER', 'FD_LOWER_LAYER', 'CLONE_CHILD_IN_PIDNS'}

ACCESS = (1, 2, 3, 1)  # scap's values of O_RDONLY, O_WRONLY, O_RDWR; 3 asks for neither reading nor writing


# How the causes and reasons begin that not every run has.
AT_TIMES = 'at times:'


class Difference:
    """Something that gyr and strace do not agree on; the table of causes may know why."""

    def __init__(self, call, param, strace, gyr):
        self.call, self.param, self.strace, self.gyr = call, param, str(strace), str(gyr)


class Causes:
    """The table of differences: system call, param, what strace has, what gyr has (regular expressions), cause."""

    def __init__(self, path):
        self.rows, self.used = [], collections.Counter()
        with open(path, encoding='utf-8') as f:
            for number, line in enumerate(f, 1):
                if line.startswith('#') or not line.strip():
                    continue
                fields = line.rstrip('\n').split('\t')
                if len(fields) != 5:
                    raise ValueError(f'{path}:{number}: {len(fields)} fields, not 5')
                self.rows.append((*(re.compile(x) for x in fields[:4]), fields[4]))

    def unused(self):
        return [' '.join(x.pattern for x in row[:4]) for row in self.rows
                if row not in self.used and not row[4].startswith(AT_TIMES)]

    def cause(self, d):
        for row in self.rows:
            if all(x.fullmatch(text) for x, text in zip(row, (d.call, d.param, d.strace, d.gyr))):
                self.used[row] += 1
                return row[4]
        return None


class LeftOuts:
    """The table of params that strace can tell nothing of: event, param or as=, reason."""

    def __init__(self, path):
        self.rows, self.used = [], set()
        with open(path, encoding='utf-8') as f:
            for line in f:
                if line.startswith('#') or not line.strip():
                    continue
                event, param, reason = re.split(r'\t+', line.rstrip('\n'))
                self.rows.append((re.compile(event), re.compile(param), reason))

    def unused(self):
        return [f'{row[0].pattern} {row[1].pattern}' for row in self.rows
                if row not in self.used and not row[2].startswith(AT_TIMES)]

    def reason(self, event, param):
        for row in self.rows:
            e, p, reason = row
            if e.fullmatch(event['name']) and (p.fullmatch(param['name']) or
                                               ('as' in param and p.fullmatch('as=' + param['as']))):
                self.used.add(row)
                return reason
        return None


class Result:
    def __init__(self):
        self.calls = self.params = self.signals = self.threads = 0
        self.names = collections.Counter()
        self.left_out = collections.Counter()    # by reason
        self.explained = collections.Counter()   # by cause
        self.found = []                          # differences without a cause
        self.undeclared = collections.Counter()  # params that no rule is for

    def add(self, other):
        for name in ('calls', 'params', 'signals', 'threads'):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ('names', 'left_out', 'explained', 'undeclared'):
            getattr(self, name).update(getattr(other, name))
        self.found += other.found


class Comparison:
    def __init__(self, schema, causes, left_outs, snaplen):
        self.schema, self.causes, self.left_outs, self.snaplen = schema, causes, left_outs, snaplen
        self.result = Result()

    def differ(self, call, param, strace, gyr):
        d = Difference(call, param, strace, gyr)
        cause = self.causes.cause(d)
        if cause:
            self.result.explained[cause] += 1
        else:
            self.result.found.append(d)

    # ---- a param ----

    def flags(self, call, param, v, number, got):
        """The number, and the names where strace has some."""
        table = self.schema.flags[param['values']]
        enum = param['type'].startswith('ENUM') or table.kind == 'enum'
        wire, names = table.value_of(got)
        expected = values.low(table.convert(values.low(number, 64), self.schema.arch), width(param['type']))
        if param.get('as') in ('open_flags', 'how_flags'):
            expected |= ACCESS[number & 3]
        extra = sum(table.wire_of.get(n, 0) for n in MADE & names)
        if wire is None or wire & ~extra != expected:
            self.differ(call.name, param['name'], hex(values.low(number, 64)), got)
        shown = set(v.names or ()) if v is not None and v.number == number else set()
        if not shown:
            return
        if enum and v.either and len(names) == 1 and names <= shown:
            return
        if not enum:
            names = {n for n in names if n in table.named and n not in MADE}
            shown = {n for n in shown if n in table.named or n not in table.wire_of}
        if shown != names:
            self.differ(call.name, param['name'] + ' names', '|'.join(sorted(shown - names)),
                        '|'.join(sorted(names - shown)))

    def scalar(self, call, param, v, expected, got):
        kind = param['type']
        if got is None:
            self.differ(call.name, param['name'], expected, got)
        elif 'values' in param and kind != 'MODE':
            self.flags(call, param, v, expected, got)
        elif kind == 'SIGTYPE':
            if values.json_signal(got) != values.low(expected, 8):
                self.differ(call.name, param['name'], expected, got)
        elif not isinstance(got, int):
            self.differ(call.name, param['name'], expected, got)
        elif not values.same_number(kind, expected, got):
            self.differ(call.name, param['name'], expected, got)

    def bytes(self, call, param, expected, got):
        snaplen = self.snaplen if param['type'] == 'BYTEBUF' else values.PATH_CUT
        if param['type'] != 'BYTEBUF' and b'\0' in expected:
            expected = expected[:expected.index(b'\0')]
        if not values.same_bytes(expected, got, snaplen):
            self.differ(call.name, param['name'], bytes(expected), got)

    def expectation(self, event, param, call):
        """(value, strace's Value when the value is a plain number of it)"""
        if 'from' not in param:
            raise NoRule(param['name'])
        source = param['from']
        if 'as' in param:
            found = values.of_as(param, event, call)
            return (found.number, found) if isinstance(found, values.Value) else (found, None)
        if source == 'ret':
            return call.ret, None
        if isinstance(source, int):
            return source, None
        v = values.argument(call, values.arg_of(source))
        if 'at' in param:
            if not values.held(param, v, call, self.schema):
                return None, None
            found = values.of_at(param, v)
            if found is None or isinstance(found, (int, frozenset)):
                return found, None
            if param['type'] in STRINGS:
                return values.bytes_of(found), None
            return values.number_of(found), found
        if param['type'] in STRINGS:
            return values.bytes_of(v), None
        return values.number_of(v), v

    def param(self, event, param, call, args):
        name = param['name']
        if not values.met(param, event, call, self.schema):
            if args[name] is not None and 'as' not in param:
                self.differ(call.name, name, 'nothing', args[name])
            return
        expected, v = self.expectation(event, param, call)
        got = args[name]
        if expected is None:
            if got is not None and (got or param['type'] != 'BYTEBUF'):
                self.differ(call.name, name, 'NULL', got)
        elif isinstance(expected, list):
            self.list(call, name, expected, args)
        elif isinstance(expected, frozenset):
            low, high = {n for n in expected if n <= 32}, {n for n in expected if n > 32}
            if got is None or values.json_sigset(got) != low:
                self.differ(call.name, name, sorted(low), got)
            if high and param['type'] == 'SIGSET':
                self.differ(call.name, name + ' over 32', sorted(high), 'none')
        elif isinstance(expected, bytes):
            if got is None:
                if expected or param['type'] != 'BYTEBUF':
                    self.differ(call.name, name, expected, got)
            else:
                self.bytes(call, param, expected, values.json_bytes(args, name))
        else:
            self.scalar(call, param, v, expected, got)

    def list(self, call, name, expected, args):
        """Of strings, which gyr cuts as a whole."""
        got = [] if args[name] is None else values.json_list(args, name)
        shown = sum(len(s) + 1 for s in got)
        for a, b in zip(expected, got):
            if not values.same_bytes(a, b, len(b) if shown >= values.LIST_CUT else None):
                self.differ(call.name, name, a, b)
                return
        if len(got) > len(expected) or (len(got) < len(expected) and shown < values.LIST_CUT):
            self.differ(call.name, name, f'{len(expected)} strings', f'{len(got)} strings')

    # ---- a call ----

    def by_hand(self, event, call, args):
        """Events whose params have no source in the schema."""
        if event['name'] in ('execve', 'execveat'):
            at = 0 if event['name'] == 'execve' else 1
            argv = values.string_list(values.argument(call, at + 1))
            path = values.bytes_of(values.argument(call, at))
            if call.ret == 0 and path:
                argv = values.interpreted(path, argv)
            yield 'exe', lambda: self.first(call, argv, args)
            yield 'args', lambda: self.list(call, 'args', argv[1:], args)
            yield 'env', lambda: self.list(call, 'env', values.string_list(values.argument(call, at + 2)), args)
        elif event['name'] in ('sendmsg', 'recvmsg'):
            message = values.argument(call, 1)
            yield 'fd', lambda: self.scalar(call, {'name': 'fd', 'type': 'FD'}, None,
                                            values.number_of(values.argument(call, 0)), args['fd'])
            yield 'size', lambda: self.message_size(event, call, message, args)
            yield 'data', lambda: self.message_data(call, message, args)
        elif event['name'] in ('sendmmsg', 'recvmmsg', 'accept', 'accept4'):
            if 'res' in args:
                yield 'fd', lambda: self.scalar(call, {'name': 'fd', 'type': 'FD'}, None,
                                                values.number_of(values.argument(call, 0)), args['fd'])
        elif event['name'] == 'bpf':
            params = {p['name']: p for p in event['params']}
            cmd, size = values.argument(call, 0), values.argument(call, 2)
            yield 'fd', lambda: self.scalar(call, params['fd'], None, call.ret, args['fd'])
            yield 'cmd', lambda: self.flags(call, params['cmd'], cmd, values.number_of(cmd), args['cmd'])
            yield 'size', lambda: self.scalar(call, params['size'], None, values.number_of(size), args['size'])
        elif event['name'] == 'keyctl':
            param = next(p for p in event['params'] if p['name'] == 'operation')
            v = values.argument(call, 0)
            yield 'operation', lambda: self.flags(call, param, v, values.number_of(v), args['operation'])
        elif event['name'] in ('clone', 'clone3'):
            param = next(p for p in event['params'] if p['name'] == 'flags')
            v = call.named.get('flags') or values.field(values.argument(call, 0), 'flags')
            yield 'flags', lambda: self.clone_flags(call, param, v, args)

    def clone_flags(self, call, param, v, args):
        v.names = {n for n in v.names or () if n.startswith('CLONE_')} or None
        self.flags(call, param, v, v.number, args['flags'])

    def first(self, call, expected, args):
        if expected and not values.same_bytes(expected[0], values.json_bytes(args, 'exe') or b'', values.PATH_CUT):
            self.differ(call.name, 'exe', expected[0], args['exe'])

    def message_size(self, event, call, message, args):
        expected = max(call.ret, 0)
        if event['name'] == 'sendmsg':
            expected = max(call.ret, values.iovec(values.field(message, 'msg_iov'), None)[1])
        if args['size'] != expected:
            self.differ(call.name, 'size', expected, args['size'])

    def message_data(self, call, message, args):
        if call.ret <= 0:
            raise LeftOut('the call failed')
        expected = values.iovec(values.field(message, 'msg_iov'), call.ret)[0]
        got = values.json_bytes(args, 'data') or b''
        if not values.same_bytes(expected, got, self.snaplen):
            self.differ(call.name, 'data', expected, got)

    def attempt(self, event, param, do):
        """One param: compared, left out for a reason, or of no rule."""
        try:
            do()
            self.result.params += 1
        except LeftOut as why:
            self.result.left_out[str(why)] += 1
        except NoRule:
            why = self.left_outs.reason(event, param)
            if why:
                self.result.left_out[why] += 1
            else:
                self.result.undeclared[f'{event["name"]}.{param["name"]}'] += 1

    def call(self, call, ev):
        event = self.schema.event(call.name)
        self.result.calls += 1
        self.result.names[call.name] += 1
        args = ev['evt.args']
        if 'evt.rawres' not in ev:
            self.result.left_out['the event has no result'] += 1
        elif call.ret is None or values.low(ev['evt.rawres'], 64) != values.low(call.ret, 64):
            self.differ(call.name, 'res', call.ret, ev['evt.rawres'])
        by_hand = {}
        try:
            by_hand = dict(self.by_hand(event, call, args))
        except LeftOut as why:
            self.result.left_out[str(why)] += 1
        for param in event['params']:
            if 'as' not in param and (param.get('from') == 'ret' or (param['name'] == 'res' and 'from' not in param)):
                continue
            do = by_hand.get(param['name'], lambda p=param: self.param(event, p, call, args))
            self.attempt(event, param, do)

    # ---- a thread ----

    def thread(self, log, events):
        """log: a strace_log.Thread. events: gyr's, of that thread."""
        calls = [e for e in events if e['evt.type'] in self.schema.names and e['evt.dir'] == '<' and
                 e['evt.type'] != 'procexit']
        self.result.threads += 1
        calls = self.start(log, calls)
        i = 0
        for n, call in enumerate(log.calls):
            event = self.schema.event(call.name)
            if event is None:
                self.differ(call.name, 'event', call.name, 'not in the schema')
                continue
            name = event['name']
            here = i < len(calls) and calls[i]['evt.type'] == name
            if call.ret is None:
                # It did not return, as far as strace saw: exit, or the thread was killed within the call.
                if here and n == len(log.calls) - 1:
                    self.differ(call.name, 'event', 'no result' + (' of the killed' if log.killed() else ''),
                                calls[i]['evt.rawres'])
                    i += 1
                continue
            if not here:
                i = self.resume(log.calls, n, calls, i)
                if i >= len(calls) or calls[i]['evt.type'] != name:
                    self.differ(call.name, 'event', call.line[:100], 'none')
                    continue
            if name in ('sendmmsg', 'recvmmsg') and call.ret > 0:
                i = self.messages(call, calls, i)
                continue
            if log.killed() and n == len(log.calls) - 1 and call.ret != calls[i].get('evt.rawres', call.ret):
                self.differ(call.name, 'last result', call.ret, calls[i]['evt.rawres'])
            else:
                self.call(call, calls[i])
            i += 1
        for e in calls[i:]:
            self.differ(e['evt.type'], 'event', 'none', e.get('evt.rawres'))
        self.signals(log, events)

    def start(self, log, calls):
        """Without what is before strace's first line: the child's return from clone, strace's own child till it execs."""
        if calls and calls[0]['evt.type'] in ('clone', 'clone3', 'fork', 'vfork') and calls[0]['evt.rawres'] == 0:
            calls = calls[1:]
        if log.calls and log.first:
            while calls and calls[0]['evt.type'] != 'execve':
                calls = calls[1:]
        return calls

    def resume(self, log, n, calls, i):
        """gyr has other events than the call n next: the events to skip, when the call comes within the next few."""
        wanted = [self.schema.event(c.name)['name'] for c in log[n:n + 3] if self.schema.event(c.name)]
        for skip in range(1, 20):
            if [e['evt.type'] for e in calls[i + skip:i + skip + len(wanted)]] == wanted:
                for e in calls[i:i + skip]:
                    self.differ(e['evt.type'], 'event', 'none', e.get('evt.rawres'))
                return i + skip
        return i

    def messages(self, call, calls, i):
        """An event a message."""
        for m in range(call.ret):
            if i >= len(calls) or calls[i]['evt.type'] != call.name:
                self.differ(call.name, 'event', f'{call.ret} messages', m)
                return i
            fd = values.number_of(values.argument(call, 0))
            if calls[i]['evt.args']['fd'] != fd:
                self.differ(call.name, 'fd', fd, calls[i]['evt.args']['fd'])
            i += 1
        self.result.calls += 1
        self.result.names[call.name] += 1
        return i

    def signals(self, log, events):
        if log.first:
            events = events[next(i for i, e in enumerate(events) if e['evt.type'] == 'execve'):]
        got = [values.json_signal(e['evt.args']['sig']) for e in events if e['evt.type'] == 'signaldeliver']
        self.result.signals += len(log.signals)
        if log.killed() and got[-1:] == [9]:
            got.pop()  # strace is never told of it, but for the thread's end
            if log.signals and got == log.signals[:-1]:
                self.differ('(signals)', 'last', log.signals[-1], 'none')
                got = log.signals
        elif got == log.signals + [9]:
            self.differ('(signals)', 'SIGKILL', log.status, got.pop())
        if got != log.signals:
            self.differ('(signals)', 'signals', log.signals, got)
        ends = [e['evt.args']['status'] for e in events if e['evt.type'] == 'procexit']
        expected = [] if log.status is None else [log.status]
        if ends != expected:
            self.differ('(end)', 'status', expected, ends)
