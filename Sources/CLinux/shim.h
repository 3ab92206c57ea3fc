// What Linux has and the C library does not wrap. No header of the C library is included: its types are Glibc's.
#include <asm/unistd.h>

extern long syscall(long number, ...);

/// The calling thread's disk access comes after everybody else's (ioprio_set(2): IOPRIO_WHO_PROCESS, the caller,
/// IOPRIO_CLASS_IDLE). 0, or -1 with errno.
static inline int linux_set_idle_io(void) { return (int)syscall(__NR_ioprio_set, 1, 0, 3 << 13); }
