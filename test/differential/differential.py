#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""differential.py [--small] [--report FILE] [--keep DIR] GYR [PROGRAM...]

Runs the programs of the table `programs` under strace, and strace under gyr, so that both see the same run. Compares what
they say of each thread: its calls in order, their results, and each param that strace can tell. What differs is in the
table `differences`, with its cause, or the test fails. So does a run of all programs when a row of the tables is of no use.
"""
import argparse
import collections
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the tree is not ours to write to

from compare import Causes, Comparison, LeftOuts, Result
from schema import Schema
import strace_log

HERE = os.path.dirname(os.path.abspath(__file__))
SNAPLEN = 80
ATTEMPTS = 3
TIMEOUT = 120  # seconds
# What strace itself does all the time; it would be half of the output.
LEFT_OUT = ['ptrace', 'process_vm_readv']
STRACE = ['strace', '-ff', '-y', '-v', '-X', 'verbose', '-xx', '-s', '256']
LOSSES = re.compile(r'lost=(\d+)')


class Program:
    def __init__(self, name, size, needs, command):
        self.name, self.small, self.needs, self.command = name, size == 'small', needs.split(','), command


def read_programs():
    programs = []
    with open(os.path.join(HERE, 'programs'), encoding='utf-8') as f:
        for line in f:
            if not line.startswith('#') and line.strip():
                programs.append(Program(*re.split(r'\t+', line.rstrip('\n'), maxsplit=3)))
    return programs


def run(gyr, program, directory):
    """Runs it; returns what went wrong, or None. Where gyr lost events, which it says, there is nothing to compare: again."""
    for _ in range(ATTEMPTS):
        shutil.rmtree(directory, ignore_errors=True)
        os.mkdir(directory)
        why, lost = run_once(gyr, program, directory)
        if not lost:
            break
    return why


def run_once(gyr, program, directory):
    """Runs it; returns what went wrong, or None, and whether that is a loss of events."""
    work = os.path.join(directory, 'work')
    os.mkdir(work)
    env = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': work, 'LANG': 'C.UTF-8', 'TMPDIR': work, 'USER': 'root'}
    env |= {k: v for k, v in os.environ.items() if k.startswith('GYR_')}
    command = ['bash', '-c', 'exec >/dev/null 2>&1 </dev/null; ' + program.command]
    with open(os.path.join(directory, 'events'), 'wb') as events, \
            open(os.path.join(directory, 'errors'), 'wb') as errors:
        p = subprocess.Popen(
            [gyr, 'tail', '-o', 'json', '--stats', '--snaplen', str(SNAPLEN), '--buffer', '64M', '-e',
             ','.join('!' + name for name in LEFT_OUT), '--'] + STRACE + ['-o', os.path.join(directory, 'log')] + command,
            cwd=work, env=env, stdin=subprocess.DEVNULL, stdout=events, stderr=errors, start_new_session=True)
        try:
            status = p.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            p.wait()
            return 'it took too long', False
    with open(os.path.join(directory, 'errors'), encoding='utf-8', errors='replace') as f:
        said = f.read()
    lost = LOSSES.search(said)
    if not lost:
        return f'gyr said no statistics: {said[-300:]}', False
    if int(lost[1]):
        return f'gyr lost events: {said[-300:]}', True
    return (f'exit code {status}' if status else None), False


def read_events(path, tids):
    events = collections.defaultdict(list)
    with open(path, 'rb') as f:
        for line in f:
            # Most are strace's own, and parsing costs the most here.
            m = re.search(rb'"thread\.tid":(\d+)', line)
            if m and int(m[1]) in tids:
                e = json.loads(line)
                events[e['thread.tid']].append(e)
    return events


def compare(directory, schema, causes, left_outs):
    logs = {}
    for name in os.listdir(directory):
        if name.startswith('log.'):
            tid = int(name[4:])
            logs[tid] = strace_log.read_thread(os.path.join(directory, name), tid)
            logs[tid].calls = [c for c in logs[tid].calls if c.name not in LEFT_OUT]
    events = read_events(os.path.join(directory, 'events'), logs)
    comparison = Comparison(schema, causes, left_outs, SNAPLEN)
    first = min((tid for tid in logs if logs[tid].calls and logs[tid].calls[0].name == 'execve'), default=None,
                key=lambda tid: events[tid][0]['evt.num'] if events[tid] else 0)
    for tid in sorted(logs):
        logs[tid].first = tid == first
        comparison.thread(logs[tid], events[tid])
    return comparison.result


def show(result, out):
    groups = collections.OrderedDict()
    for d in result.found:
        groups.setdefault((d.call, d.param), []).append(d)
    for (call, param), found in groups.items():
        print(f'    {len(found)} x {call} {param}: strace {found[0].strace[:120]}, gyr {found[0].gyr[:120]}', file=out)
    for name, count in result.undeclared.most_common():
        print(f'    {count} x {name}: no rule to compare it, and no reason not to', file=out)


def report(total, rows, causes, left_outs, out):
    print('| program | calls | params compared | threads | signals | differences | of known cause |', file=out)
    print('|---|---|---|---|---|---|---|', file=out)
    for name, r in rows + [('total', total)]:
        print(f'| {name} | {r.calls} | {r.params} | {r.threads} | {r.signals} | {len(r.found)} | '
              f'{sum(r.explained.values())} |', file=out)
    print(f'\n{len(total.names)} system calls: ' +
          ', '.join(f'{n} {c}' for n, c in sorted(total.names.items())), file=out)
    print('\nDifferences of known cause:\n', file=out)
    for cause, count in total.explained.most_common():
        print(f'- {count}: {cause}', file=out)
    print('\nParams not compared:\n', file=out)
    for reason, count in total.left_out.most_common():
        print(f'- {count}: {reason}', file=out)
    for name, table in (('differences', causes), ('left-out', left_outs)):
        if table.unused():
            print(f'\nRows of `{name}` that nothing of this run needed:\n', file=out)
            for row in table.unused():
                print('- ' + row, file=out)
    if total.found or total.undeclared:
        print('\nDifferences without a cause:\n', file=out)
        show(total, out)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--small', action='store_true', help='only the programs that are small')
    p.add_argument('--report', help='write a report there')
    p.add_argument('--keep', help="keep strace's and gyr's output there")
    p.add_argument('--again', action='store_true', help='compare what --keep has, without running anything')
    p.add_argument('gyr')
    p.add_argument('programs', nargs='*')
    o = p.parse_args()
    if os.geteuid() != 0:
        print('SKIP: capturing needs root')
        return 77
    schema = Schema(os.path.join(HERE, '../../filler-gen/schema'), os.uname().machine)
    causes, left_outs = Causes(os.path.join(HERE, 'differences')), LeftOuts(os.path.join(HERE, 'left-out'))
    total, rows, failed = Result(), [], False
    top = o.keep or tempfile.mkdtemp(prefix='gyr-differential.')
    os.makedirs(top, exist_ok=True)
    for program in read_programs():
        if (o.programs and program.name not in o.programs) or (o.small and not program.small):
            continue
        missing = [n for n in program.needs if not shutil.which(n)]
        if missing:
            print(f'FAILED: {program.name}: there is no {missing[0]}')
            failed = True
            continue
        directory = os.path.join(top, program.name)
        why = None
        if not o.again:
            why = run(o.gyr, program, directory)
        if not why:
            result = compare(directory, schema, causes, left_outs)
            if not result.calls:
                why = 'nothing was compared'
        if why:
            print(f'FAILED: {program.name}: {why}')
            failed = True
            continue
        print(f'{program.name}: {result.calls} calls, {result.params} params, {len(result.found)} differences, '
              f'{sum(result.explained.values())} of known cause', flush=True)
        show(result, sys.stdout)
        total.add(result)
        rows.append((program.name, result))
        if not o.keep:
            shutil.rmtree(directory)
    if not o.keep:
        shutil.rmtree(top)
    if o.report:
        with open(o.report, 'w', encoding='utf-8') as out:
            report(total, rows, causes, left_outs, out)
    if not o.programs and not o.small and not failed:
        for name, table in (('differences', causes), ('left-out', left_outs)):
            for row in table.unused():
                print(f'a row of {name} that nothing needs: {row}')
                failed = True
    if total.found or total.undeclared or failed or not rows:
        print('FAILED: what gyr and strace say differs' if total.found else 'FAILED')
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
