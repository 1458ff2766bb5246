package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// dropStartCode takes the pages of the binary itself out of the process's memory: most were needed for the start alone, by
// its libraries' initialisation. What is needed again is mapped again, from the file's cache. It returns the number of
// bytes.
//
// Only what is as it is in the file may go: mappings that cannot be written to, and of which no page was (a linker's
// relocations are).
func dropStartCode() int {
	binary, err := os.Executable()
	if err != nil {
		return 0
	}
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return 0
	}
	defer func() { _ = maps.Close() }()
	dropped := 0
	first, end := uint64(0), uint64(0) // of the mapping at hand, where it is the binary's
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) == 3 && fields[0] == "Anonymous:" && fields[1] == "0" && end > first:
			_, _, failed := unix.Syscall(unix.SYS_MADVISE, uintptr(first), uintptr(end-first), unix.MADV_DONTNEED)
			if failed == 0 {
				dropped += int(end - first)
			}
		case len(fields) > 1 && strings.Contains(fields[0], "-"):
			first, end = 0, 0
			if len(fields) == 6 && fields[5] == binary && !strings.Contains(fields[1], "w") {
				first, end = between(fields[0])
			}
		}
	}
	return dropped
}

// between are the addresses of a mapping, as the kernel writes them.
func between(text string) (first, end uint64) {
	from, to, _ := strings.Cut(text, "-")
	first, err := strconv.ParseUint(from, 16, 64)
	if err != nil {
		return 0, 0
	}
	if end, err = strconv.ParseUint(to, 16, 64); err != nil {
		return 0, 0
	}
	return first, end
}
