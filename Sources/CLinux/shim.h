// What Linux has and the C library does not wrap. No header of the C library is included: its types are Glibc's.
#include <asm/unistd.h>

extern long syscall(long number, ...);

/// The calling thread's disk access comes after everybody else's (ioprio_set(2): IOPRIO_WHO_PROCESS, the caller,
/// IOPRIO_CLASS_IDLE). 0, or -1 with errno.
static inline int linux_set_idle_io(void) { return (int)syscall(__NR_ioprio_set, 1, 0, 3 << 13); }

/// struct sched_attr of sched_setattr(2), in its first version.
struct linux_sched {
  unsigned size, policy;
  unsigned long long flags;
  int nice;
  unsigned priority;
  unsigned long long runtime, deadline, period;
};

/// How long a turn of the calling thread on a processor is, in nanoseconds; 0 where the kernel does not say.
static inline unsigned long long linux_turn(void) {
  struct linux_sched now = {0};
  return syscall(__NR_sched_getattr, 0, &now, sizeof now, 0) == 0 && now.policy == 0 ? now.runtime : 0;
}

/// Asks for turns of that length for the calling thread, if it is an ordinary one, and not for those that it starts
/// (SCHED_FLAG_RESET_ON_FORK). 0, or -1 with errno.
static inline int linux_set_turn(unsigned long long nanoseconds) {
  struct linux_sched now = {0};
  if (syscall(__NR_sched_getattr, 0, &now, sizeof now, 0) != 0) return -1;
  if (now.policy != 0) return 0;
  now.flags |= 1;
  now.runtime = nanoseconds;
  return (int)syscall(__NR_sched_setattr, 0, &now, 0);
}
