# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What strace's values say that a param of gyr's must be.

expected_* return a value of the kind that got() makes of gyr's JSON. LeftOut: strace does not tell, and why.
"""
import base64
import ipaddress
import re

from schema import width
from strace_log import Value, signal_number

O_CREAT, O_TMPFILE = 0o100, 0o20000000
S_IFMT, S_IFREG = 0o170000, 0o100000
O_SOCKET = 0o2004000  # O_CLOEXEC, O_NONBLOCK
PATH_CUT = 4095
LIST_CUT = 4095
IOV_CUT = 32
IORING_ENTER_REGISTERED_RING, IORING_REGISTER_USE_REGISTERED_RING = 1 << 4, 1 << 31
MOUNT_ATTR_IDMAP = 0x100000
CAP_VERSIONS_OF_64_BITS = (0x20071026, 0x20080522)
CAPS_HIGH = {'CAP_MAC_OVERRIDE', 'CAP_MAC_ADMIN', 'CAP_SYSLOG', 'CAP_WAKE_ALARM', 'CAP_BLOCK_SUSPEND', 'CAP_AUDIT_READ',
             'CAP_PERFMON', 'CAP_BPF', 'CAP_CHECKPOINT_RESTORE'}  # from 32 on


class LeftOut(Exception):
    pass


class NoRule(Exception):
    """What strace's log says of this param nobody has written down yet."""


class Prefix(bytes):
    """Of a string that strace or gyr shows only the begin of."""


def low(number, bits):
    return number & ((1 << bits) - 1)


def signed(number, bits):
    number = low(number, bits)
    return number - (1 << bits) if number >> (bits - 1) else number


def argument(call, n):
    """The kernel's argument n. strace shows the two halves of preadv2's offset as one."""
    if call.name in ('preadv2', 'pwritev2') and n >= 4:
        if n == 4:
            raise LeftOut('strace does not show the argument')
        n = 4
    v = call.arg(n)
    if v is None:
        raise LeftOut('strace does not show the argument')
    return v


def number_of(v):
    if v.number is None or v.data is not None:
        raise LeftOut('strace shows what is at the address')
    return v.number


def bytes_of(v):
    if v.data is None:
        if v.number == 0:
            return None
        raise LeftOut('strace shows an address')
    return Prefix(v.data) if v.cut else v.data


def final(v):
    return v.after if v.after is not None else v


def pointed(v):
    """Of [N], and of [M => N] what is there after the call."""
    v = final(v)
    if v.items is not None and len(v.items) == 1:
        return final(v.items[0])
    if v.number == 0:
        return None
    raise LeftOut('strace shows an address')


def field(v, name):
    v = final(v)
    if v.fields is None and v.items is not None and len(v.items) == 1:
        v = v.items[0]
    if v.fields is None:
        if v.number == 0:
            return None
        raise LeftOut('strace shows an address')
    if name not in v.fields:
        raise LeftOut('strace does not show the field')
    return final(v.fields[name])


def duration(v, part='tv_nsec', scale=1):
    seconds = field(v, 'tv_sec')
    if seconds is None:
        return None
    if seconds.number is None or field(v, part).number is None:
        raise LeftOut('strace shows no number')
    return seconds.number * 10**9 + field(v, part).number * scale


def sigset(v):
    if v.items is None:
        if v.number == 0:
            return None
        raise LeftOut('strace shows an address')
    numbers = {item.number if item.number is not None else signal_number(item.words[0]) for item in v.items}
    return frozenset(range(1, 65)) - numbers if v.inverted else frozenset(numbers)


def status_words(v):
    """The words of [{WIFEXITED(s) && WEXITSTATUS(s) == 1}]; none when it is no such thing."""
    found = list(v.words)
    for item in v.items or []:
        found += status_words(item)
    return found


def wait_status(words):
    numbers = [w if isinstance(w, int) else signal_number(w) for w in words if isinstance(w, int) or w.startswith('SIG')]
    if 'WIFEXITED' in words:
        return numbers[0] << 8
    if 'WIFSIGNALED' in words:
        return numbers[0] | (0x80 if 'WCOREDUMP' in words else 0)
    if 'WIFSTOPPED' in words:
        return numbers[0] << 8 | 0x7f
    if 'WIFCONTINUED' in words:
        return 0xffff
    raise LeftOut('strace shows no number')


def iovec(v, limit):
    """The bytes that an iovec holds, up to what strace or a call's result ends, and their number."""
    if v.items is None:
        raise LeftOut('strace shows an address')
    data, total, whole = b'', 0, True
    for element in v.items[:IOV_CUT]:
        base, length = field(element, 'iov_base'), field(element, 'iov_len').number
        total += length
        if not whole:
            continue
        if base.data is None:
            whole = length == 0
            continue
        data += base.data
        whole = not base.cut and len(base.data) == length
    data = data if limit is None else data[:limit]
    return (data if whole or (limit is not None and len(data) == limit) else Prefix(data)), low(total, 32)


def socket_address(v):
    """As gyr's JSON has it."""
    v = final(v)
    if v.fields is None:
        if v.number == 0:
            return None
        raise LeftOut('strace shows an address')
    family = v.fields.get('sa_family')
    if family is None:
        raise LeftOut('strace does not show the field')
    if family.number == 1:
        path = v.fields.get('sun_path')
        if path is None or path.data is None:
            raise LeftOut('strace does not show the field')
        return path.data
    if family.number in (2, 10):
        prefix = 'sin' if family.number == 2 else 'sin6'
        port, addr = v.fields.get(prefix + '_port'), v.fields.get(prefix + '_addr')
        if port is None or addr is None or addr.data is None or port.data is None:
            raise LeftOut('strace does not show the field')
        ip = ipaddress.ip_address(addr.data)
        if ip.version == 6 and ip.ipv4_mapped:
            return b'[::ffff:%s]:%d' % (str(ip.ipv4_mapped).encode(), int.from_bytes(port.data, 'big'))
        return (f'{ip}:' if ip.version == 4 else f'[{ip}]:').encode() + b'%d' % int.from_bytes(port.data, 'big')
    return None


def string_list(v, skip=0):
    if v.items is None:
        if v.number == 0:
            return []
        raise LeftOut('strace shows an address')
    if any(item.data is None for item in v.items):
        raise LeftOut('strace shows an address')
    return [Prefix(i.data) if i.cut else i.data for i in v.items[skip:]]


def interpreted(path, argv):
    """What a script's interpreter gets for argv; argv when the file is none."""
    try:
        with open(path, 'rb') as f:
            line = f.read(256)
    except OSError:
        return argv
    if not line.startswith(b'#!'):
        return argv
    words = line[2:].split(b'\n')[0].strip().split(None, 1)
    return [w.strip() for w in words] + [path] + argv[1:]


def met(param, event, call, schema):
    """Whether the condition for a param to be there holds."""
    condition = param.get('when')
    if condition is None:
        return True
    if isinstance(condition, str):
        condition = {'res': condition}
    for key, wanted in condition.items():
        if key == 'res':
            if call.ret is None or call.ret < (1 if wanted == 'positive' else 0):
                return False
            continue
        number = number_of(argument(call, arg_of(key)))
        if isinstance(wanted, dict):
            if low(number, 32) < wanted['min']:
                return False
            continue
        table = next((schema.flags[p['values']] for p in event['params'] if p.get('from') == key and 'values' in p
                      and 'at' not in p), None)
        numbers = [w if isinstance(w, int) else table.wire_of[w] for w in wanted]
        if signed(number, 32) not in [signed(n, 32) for n in numbers]:
            return False
    return True


def held(param, v, call, schema):
    """Whether what the caller has at the address, which `size` says, reaches to the end of what is read."""
    size = param.get('size')
    if size is None:
        return True
    struct, name = param['at'].split('.')
    end = schema.structs[struct][name]
    if isinstance(size, str) and size != 'self':
        return number_of(argument(call, arg_of(size))) >= end
    if field(v, 'size') is None:
        return False
    return max(field(v, 'size').number or (size['self'] if isinstance(size, dict) else 0), 4) >= end


# ---- what a param's `as` makes of its arguments: functions of (call, the values of `from`) ----

def arg_of(source):
    return int(source[3:])


def open_mode(call, flags, mode):
    if not number_of(flags) & (O_CREAT | O_TMPFILE):
        return 0
    return number_of(mode) & 0o7777


def rlimit(call, v, which, ret):
    if isinstance(ret, int) and ret < 0:
        return -1
    v = field(v, ('rlim_cur', 'rlim_max')[which])
    return -1 if v is None else signed(v.number, 64)


def pair_element(n):
    def read(call, v):
        if v.items is None or len(v.items) != 2:
            raise LeftOut('strace shows an address')
        return v.items[n].number
    return read


def user_data(call, v, *lengths):
    if any(isinstance(n, int) and n < 0 for n in lengths[-1:]):
        raise LeftOut('the call failed')
    return bytes_of(v)


def iov_data(call, v, count, ret):
    return iovec(v, ret if isinstance(ret, int) and ret > 0 else None)[0]


def iov_out(call, v, count, ret):
    if isinstance(ret, int) and ret <= 0:
        raise LeftOut('the call failed')
    return iov_data(call, v, count, ret)


def iov_size(call, ret):
    size = iovec(argument(call, 1), None)[1]
    return low(max(size, ret), 32)


def prctl_int(call, option, v):
    if v.data is not None:
        return None
    return signed(number_of(v), 64)


def message(call, v, size):
    text = field(v, 'mtext')
    data = bytes_of(text)
    return data[:size] if isinstance(size, int) and size >= 0 else data


def user_str_list(call, v, ret, size):
    if v.data is None or v.cut or ret < 0:
        raise LeftOut('strace shows an address')
    return v.data.split(b'\0')[:-1]


def id_out(call, v, ret):
    v = pointed(v)
    return None if v is None else low(v.number, 32)


def mknod_mode(call, v):
    mode = low(number_of(v), 16)
    return mode if mode & S_IFMT else mode | S_IFREG


def sockopt_id(call, level, option):
    v = Value()
    v.number, v.names, v.either = low(number_of(level) << 16 | low(number_of(option), 16), 32), option.names, option.either
    return v


def capabilities(v, high):
    """The lower or the higher half, of which strace shows both as one; the lower one not when only the other is there."""
    if v.number is None or not v.parts:
        raise LeftOut('strace shows no number')
    names = v.names or set()
    parts = v.parts if len(v.parts) > 1 else [0] + v.parts if names & CAPS_HIGH else v.parts + [0]
    half = Value()
    half.number, half.names = parts[high], names & CAPS_HIGH if high else names - CAPS_HIGH
    return half


def cap_high(call, v, head, offset):
    version = field(head, 'version')
    if version is None or version.number not in CAP_VERSIONS_OF_64_BITS:
        return None
    v = field(v, {12: 'effective', 16: 'permitted', 20: 'inheritable'}[offset])
    return v and capabilities(v, True)


def userns_fd(call, v):
    change = field(v, 'attr_set')
    if change is None or not (change.number | field(v, 'attr_clr').number) & MOUNT_ATTR_IDMAP:
        return None
    return signed(field(v, 'userns_fd').number, 64)


def sockaddr_out(call, v, size, ret):
    return socket_address(v) if ret == 0 else None


AS = {
    'int': lambda call, v: v if isinstance(v, int) else signed(number_of(v), 32),
    'uint': lambda call, v: low(number_of(v), 32),
    'mknod_mode': mknod_mode,
    'perms': lambda call, v: number_of(v) & 0o7777,
    'open_flags': lambda call, v: number_of(v),
    'sock_flags': lambda call, v: number_of(v) & O_SOCKET,
    'how_flags': lambda call, v: field(v, 'flags').number,
    'how_mode': lambda call: open_mode(call, field(argument(call, 2), 'flags'), field(argument(call, 2), 'mode')),
    'open_mode': open_mode,
    'rlimit': rlimit,
    'pipe_fd1': pair_element(0),
    'user_data': user_data,
    'user_data_in': lambda call, v, size, ret: bytes_of(v)[:ret] if ret > 0 and v.data is not None else bytes_of(v),
    'user_data_out': lambda call, v, ret, size: user_data(call, v, ret),
    'user_str_n': lambda call, v, n: user_data(call, v, n),
    'user_str_out': lambda call, v, ret: user_data(call, v, ret),
    'user_str_list': user_str_list,
    'user_msg': message,
    'read_size': lambda call, ret: max(ret, 0),
    'iov_size': iov_size,
    'iov_total': lambda call, v, count: iovec(v, None)[1],
    'iov_in': iov_data,
    'iov_out': iov_out,
    'sockaddr_out': sockaddr_out,
    'sockaddr': lambda call, v, size: socket_address(v),
    'uring_sq_entries': lambda call, v: field(v, 'sq_entries').number,
    'uring_cq_entries': lambda call, v=None: field(argument(call, 1), 'cq_entries').number,
    'uring_flags': lambda call, v=None: field(argument(call, 1), 'flags').number,
    'uring_sq_cpu': lambda call, v=None: field(argument(call, 1), 'sq_thread_cpu').number,
    'uring_sq_idle': lambda call, v=None: field(argument(call, 1), 'sq_thread_idle').number,
    'uring_features': lambda call, v=None: field(argument(call, 1), 'features').number,
    'user_timespec': lambda call, v: duration(v),
    'user_sigset': lambda call, v: sigset(v),
    'how_resolve': lambda call: field(argument(call, 2), 'resolve').number,
    'user_u64': lambda call, v: 0 if pointed(v) is None else pointed(v).number,
    'user_u32': lambda call, v: pointed(v) and low(pointed(v).number, 32),
    'user_u32s': lambda call, v, n: user_data(call, v, n) if v.items is None else
                 b''.join(low(i.number, 32).to_bytes(4, 'little') for i in v.items),
    'mount_flags': lambda call, v: number_of(v) & (0xffff if number_of(v) >> 16 == 0xc0ed else 0xffffffff),
    'ms': lambda call, v: number_of(v) * 10**6 if number_of(v) >= 0 else -1,
    'sec': lambda call, v: (v if isinstance(v, int) else number_of(v)) * 10**9,
    'id_out': id_out,
    'prctl_int': prctl_int,
    'prctl_str': lambda call, option, v: v.data,
    'sockopt_id': sockopt_id,
    'cap_high': cap_high,
    'ring_fd': lambda call, fd, flags: None if number_of(flags) & IORING_ENTER_REGISTERED_RING else number_of(fd),
    'register_fd': lambda call, fd, opcode: None if number_of(opcode) & IORING_REGISTER_USE_REGISTERED_RING else number_of(fd),
    'userns_fd': userns_fd,
}


def of_as(param, event, call):
    name = param['as']
    if re.fullmatch(r'sem_(num|op|flg)_[01]', name):
        v = argument(call, 1)
        if v.items is None:
            raise LeftOut('strace shows an address')
        n = int(name[-1])
        return field(v.items[n], name[:-2]).number if n < len(v.items) else 0
    if name in ('pipe_fd2',):  # the second of what the first came from
        first = next(p for p in event['params'] if p.get('as') == 'pipe_fd1')
        return pair_element(1)(call, argument(call, arg_of(first['from'])))
    if name not in AS:
        raise NoRule(name)
    sources = param['from'] if isinstance(param['from'], list) else [param['from']]
    if name == 'open_mode' and not number_of(argument(call, arg_of(sources[0]))) & (O_CREAT | O_TMPFILE):
        return 0  # strace shows no mode either
    values = [call.ret if s == 'ret' else s if isinstance(s, int) else argument(call, arg_of(s)) for s in sources]
    return AS[name](call, *values)


def of_at(param, v):
    """What is at an address: `at` of the schema's params."""
    at = param['at']
    if at == 'timespec':
        return duration(v)
    if at == 'timeval':
        return duration(v, 'tv_usec', 1000)
    if at == 'sigset':
        return sigset(final(v))
    several = re.fullmatch(r'\w+_2\.(\w+)_(\d)', at)
    if several:  # of an array's elements
        v, n = final(v), int(several[2])
        if v.items is None or len(v.items) <= n:
            raise LeftOut('strace shows an address')
        v = field(v.items[n], several[1])
    elif '.' in at:
        name = at.split('.')[1]
        if '[' in name:
            raise LeftOut('strace does not show the field')
        v = field(v, name)
        if v is None:
            return None
        if v.fields and 'tv_sec' in v.fields:
            return duration(v, *(('tv_usec', 1000) if 'tv_usec' in v.fields else ()))
    elif '[' in at:
        index = int(at[at.index('[') + 1:-1])
        v = final(v)
        if v.items is None or len(v.items) <= index:
            raise LeftOut('strace shows an address')
        v = final(v.items[index])
    elif any(str(w).startswith('WIF') for w in status_words(v)):
        return wait_status(status_words(v))
    else:
        v = pointed(v)
        if v is None:
            return None
    if v.data is not None:
        return v
    if at.startswith('__user_cap_data_struct.'):
        return capabilities(v, False)
    if v.number is None:
        if v.items is not None and param['type'] == 'SIGSET':
            return sigset(v)
        raise LeftOut('strace shows no number')
    return v


# ---- gyr's JSON ----

def json_bytes(args, name):
    if name + '.b64' in args:
        return base64.b64decode(args[name + '.b64'])
    v = args[name]
    return v.encode() if isinstance(v, str) else v


def json_list(args, name):
    if name + '.b64' in args:
        return base64.b64decode(args[name + '.b64']).split(b'\0')[:-1]
    return [s.encode() for s in args[name]]


def json_signal(text):
    m = re.fullmatch(r'SIGRTMIN(?:\+(\d+))?', text)
    if m:
        return 34 + int(m[1] or 0)
    return int(text) if text.isdigit() else signal_number(text)


def json_sigset(text):
    if isinstance(text, int):
        return frozenset(n for n in range(1, 33) if text >> (n - 1) & 1)
    return frozenset() if text == '0' else frozenset(json_signal(s) for s in text.split('|'))


def same_bytes(expected, got, snaplen=None):
    """Whether both are the same as far as both show them, and nothing but what is documented cuts."""
    shown = min(len(expected), len(got))
    if expected[:shown] != got[:shown]:
        return False
    if len(got) > len(expected):
        return isinstance(expected, Prefix)
    return len(got) == len(expected) or (snaplen is not None and len(got) >= snaplen)


def same_number(kind, expected, got):
    if kind in ('FD', 'PID'):
        return signed(expected, 32) == signed(got, 32)
    return low(expected, width(kind)) == low(got, width(kind))
