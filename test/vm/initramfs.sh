# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# What a guest finds in its root. Files keep the paths that they have on the host, so that what is compiled into a test
# is true in the guest, too. To be sourced; $here is this directory, $root the tree, $build what is built, for $arch.
# shellcheck disable=SC2154

# add_file STAGE SYSROOT PATH: PATH, and the shared libraries that it names; of SYSROOT (empty: the host itself), but for
# what is built.
add_file()
{
	local stage=$1 sysroot=$2 path=$3 library file

	[ ! -e "$stage$path" ] || return 0
	mkdir -p "$stage${path%/*}"
	case $path in
	"$build"/*) cp -L "$path" "$stage$path" ;;
	*) cp -L "$sysroot$path" "$stage$path" ;;
	esac
	for library in $(needed "$stage$path"); do
		file=$(find_library "$sysroot" "$library") || return 1
		add_file "$stage" "$sysroot" "$file" || return 1
	done
}

# What an ELF file asks for, its interpreter among it. ldd would have to run it.
needed()
{
	readelf -W -l -d "$1" 2>/dev/null |
		sed -n -e 's/.*(NEEDED).*\[\(.*\)\]/\1/p' -e 's/.*program interpreter: \(.*\)\]/\1/p'
}

find_library()
{
	local sysroot=$1 library=$2 dir

	case $library in
	/*)
		echo "$library"
		return
		;;
	esac
	for dir in "$sysroot"/lib/*-linux-gnu "$sysroot"/usr/lib/*-linux-gnu "$build"; do
		if [ -e "$dir/$library" ]; then
			echo "${dir#"$sysroot"}/$library"
			return
		fi
	done
	echo "vm: no $library for $arch" >&2
	return 1
}

# add_files STAGE SYSROOT PATTERN: files, and directories with what is in them.
add_files()
{
	local stage=$1 sysroot=$2 pattern=$3 file files

	# shellcheck disable=SC2086 # a pattern is what is wanted
	files=$(find $sysroot$pattern -type f ! -name '*.pyc') || return 1
	while read -r file; do
		add_file "$stage" "$sysroot" "${file#"$sysroot"}" || return 1
	done <<<"$files"
}

# Programs that init and the tests run, and what else a system has.
stage_base()
{
	local stage=$1 sysroot=$2 package programs words program path dir

	mkdir -p "$stage"/{usr/{bin,sbin,lib,lib64,share/doc},proc,sys,dev,run,root,vm,var/tmp,etc}
	ln -s usr/bin usr/sbin usr/lib usr/lib64 "$stage"
	install -d -m 1777 "$stage/tmp"
	while read -r package programs; do
		read -r -a words <<<"$programs"
		for program in "${words[@]}"; do
			if [[ $program == /* ]]; then
				add_files "$stage" "$sysroot" "$program" || return 1
				continue
			fi
			path=
			for dir in /bin /usr/bin /sbin /usr/sbin; do
				if [ -e "$sysroot$dir/$program" ]; then
					path=$dir/$program
					break
				fi
			done
			if [ -z "$path" ]; then
				echo "vm: no $program: the package $package has it" >&2
				return 1
			fi
			add_file "$stage" "$sysroot" "$path" || return 1
		done
	done < <(grep -v '^#' "$here/programs")
	printf 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$stage/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$stage/etc/group"
	echo gyr-vm >"$stage/etc/hostname"
	printf '127.0.0.1 localhost gyr-vm\n::1 localhost\n' >"$stage/etc/hosts"
	ln -s mawk "$stage/usr/bin/awk"
	install -m 755 "$here/init" "$stage/init"
}

# pack STAGE: as cpio, on stdout. Archives may be put one after another.
pack()
{
	(cd "$1" && find . -mindepth 1 -printf '%P\n' | cpio --quiet --create --format newc --owner 0:0)
}

# Our build, and the scripts and data of the tree that tests use.
stage_build()
{
	local stage=$1 sysroot=$2 file

	while read -r file; do
		add_file "$stage" "$sysroot" "$file" || return 1
	done < <(find "$build" "$build/test" -maxdepth 1 -type f \( -perm -u+x -o -name '*.bpf.o' -o -name 'lib*.so.*' \))
	(cd "$root" && find test filler-gen/schema -name '*.sh' -o -path 'test/verifier/*' -o -path 'test/differential/*' -o -path 'filler-gen/schema/*' -o -path test/live/arguments | cpio --quiet -p -d "$stage$root")
}

# The live tests as ctest knows them, for suite.sh.
stage_tests()
{
	ctest --test-dir "$build" --label-regex '^live$' --show-only=json-v1 | jq -r '
		.tests | to_entries[] | .key as $i | .value
		| ([.properties[] | {key: .name, value: .value}] | from_entries) as $p
		| [$i + 1, .name, $p.TIMEOUT // 300, $p.SKIP_RETURN_CODE // "-", (.command | map(@sh) | join(" "))] | @tsv' >"$1/vm/tests"
}
