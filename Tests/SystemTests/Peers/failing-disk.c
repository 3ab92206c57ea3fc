/* A disk that fails on purpose, put between a program and the system with LD_PRELOAD.
 *
 * Counts the calls that change something below DISK_FOLDER: the write steps. At step DISK_STEP it does what DISK_FAULT says:
 *
 *   kill    the process dies there, as with SIGKILL; of a write, half arrives
 *   power   the same, and what was not made durable is lost: files shrink to the length they had at their last fsync, and
 *           renames are undone whose folder was not synchronised since (those that replaced a file stay)
 *   full    ENOSPC, at this step and at all later ones that would need space
 *   broken  EIO, once
 *   modeless  no failure at any step, but each fchmod is EPERM, as where files have no modes
 *
 * With DISK_CALL and DISK_PATH it is the first such call on a path that contains the text, in place of a number.
 *
 * What failed is written to DISK_REPORT; with step 0, which never comes, every step is. What the process starts is left alone.
 * Reads: with DISK_UNREADABLE, what is read of files whose path contains it is EIO.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KNOWN = 4096 };

static char folder[PATH_MAX], report[PATH_MAX], unreadable[PATH_MAX], fault[16], wantedCall[16], wantedPath[PATH_MAX];
static long step, steps;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* Files that were written, each with a descriptor of our own. Never closed: that would drop SQLite's locks on the file. */
static struct { dev_t device; ino_t node; int descriptor; off_t durable; } files[KNOWN];
static struct { char from[PATH_MAX], to[PATH_MAX]; } renames[KNOWN];
static int fileCount, renameCount;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void say(const char *line) {
  int descriptor = REAL(open)(report, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0 || REAL(write)(descriptor, line, strlen(line)) < 0) abort();
  close(descriptor);
}

__attribute__((constructor)) static void begin(void) {
  const char *value;
  if ((value = getenv("DISK_FOLDER"))) snprintf(folder, sizeof folder, "%s/", value);
  if ((value = getenv("DISK_REPORT"))) snprintf(report, sizeof report, "%s", value);
  if ((value = getenv("DISK_UNREADABLE"))) snprintf(unreadable, sizeof unreadable, "%s", value);
  if ((value = getenv("DISK_FAULT"))) snprintf(fault, sizeof fault, "%s", value);
  if ((value = getenv("DISK_STEP"))) step = atol(value);
  if ((value = getenv("DISK_CALL"))) snprintf(wantedCall, sizeof wantedCall, "%s", value);
  if ((value = getenv("DISK_PATH"))) snprintf(wantedPath, sizeof wantedPath, "%s", value);
  unsetenv("LD_PRELOAD");
}

static int pathOf(int descriptor, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return 1;
}

static int isBelow(const char *path) { return folder[0] && strncmp(path, folder, strlen(folder)) == 0; }

/* SQLite's shared memory is no part of what must survive. */
static int counts(const char *path) {
  size_t length = strlen(path);
  return isBelow(path) && !(length > 4 && strcmp(path + length - 4, "-shm") == 0);
}

static int known(int descriptor) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return -1;
  for (int i = 0; i < fileCount; i++)
    if (files[i].device == status.st_dev && files[i].node == status.st_ino) return i;
  return -1;
}

/* Remembers how long a file is before it is changed for the first time since it was durable. */
static void changing(int descriptor, int isNew) {
  if (strcmp(fault, "power") != 0 || known(descriptor) >= 0 || fileCount == KNOWN) return;
  struct stat status;
  if (fstat(descriptor, &status) != 0) return;
  files[fileCount].device = status.st_dev;
  files[fileCount].node = status.st_ino;
  files[fileCount].descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 500);
  files[fileCount++].durable = isNew ? 0 : status.st_size;
}

static void durable(int descriptor, const char *path) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return;
  int file = known(descriptor);
  if (file >= 0) files[file].durable = status.st_size;
  if (!S_ISDIR(status.st_mode)) return;
  size_t length = strlen(path);
  for (int i = 0; i < renameCount; i++) {
    const char *name = renames[i].to;
    if (strncmp(name, path, length) == 0 && name[length] == '/' && !strchr(name + length + 1, '/'))
      memmove(&renames[i], &renames[renameCount - 1], sizeof renames[0]), renameCount--, i--;
  }
}

static void note(const char *call, const char *path, const char *what) {
  char line[PATH_MAX + 64];
  snprintf(line, sizeof line, "step %ld: %s %s: %s\n", steps, call, path, what);
  say(line);
}

static void die(const char *call, const char *path) {
  if (strcmp(fault, "power") == 0) {
    for (int i = renameCount - 1; i >= 0; i--) REAL(rename)(renames[i].to, renames[i].from);
    for (int i = 0; i < fileCount; i++) {
      struct stat status;
      if (fstat(files[i].descriptor, &status) == 0 && status.st_size > files[i].durable)
        if (REAL(ftruncate)(files[i].descriptor, files[i].durable) != 0) abort();
    }
  }
  note(call, path, fault);
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* Whether the call is to fail; then errno is set. `half` does a part of the work for a death in its middle. */
static int fails(const char *call, const char *path, int needsSpace, void (*half)(void *), void *work) {
  if (!counts(path)) return 0;
  if (strcmp(fault, "modeless") == 0) {
    errno = EPERM;
    return strcmp(call, "fchmod") == 0;
  }
  steps++;
  int isHere = steps == step;
  if (wantedCall[0] && strcmp(call, wantedCall) == 0 && strstr(path, wantedPath)) isHere = 1, wantedCall[0] = 0;
  if (isHere && (strcmp(fault, "kill") == 0 || strcmp(fault, "power") == 0)) {
    if (half) half(work);
    die(call, path);
  }
  int code = 0;
  if (strcmp(fault, "full") == 0 && step > 0 && steps >= step && needsSpace) code = ENOSPC;
  if (strcmp(fault, "broken") == 0 && isHere) code = EIO;
  if (!code) {
    if (step == 0) note(call, path, "done");
    return 0;
  }
  note(call, path, fault);
  errno = code;
  return 1;
}

/* Only calls below the folder take the lock: a child between fork and exec must never wait for another thread's. */
static void lock(void) { pthread_mutex_lock(&mutex); }
static void unlock(void) {
  int code = errno;
  pthread_mutex_unlock(&mutex);
  errno = code;
}

static int isOurs(int descriptor, char *path) { return folder[0] && pathOf(descriptor, path) && counts(path); }

struct piece { int descriptor; const void *bytes; size_t count; off_t offset; };

static ssize_t put(struct piece *piece) {
  return piece->offset < 0 ? REAL(write)(piece->descriptor, piece->bytes, piece->count)
                           : REAL(pwrite64)(piece->descriptor, piece->bytes, piece->count, piece->offset);
}

static void putHalf(void *work) {
  struct piece half = *(struct piece *)work;
  half.count /= 2;
  ssize_t done = put(&half);
  (void)done;
}

static ssize_t writing(int descriptor, const void *bytes, size_t count, off_t offset) {
  char path[PATH_MAX];
  struct piece piece = {descriptor, bytes, count, offset};
  if (!isOurs(descriptor, path)) return put(&piece);
  lock();
  changing(descriptor, 0);
  ssize_t result = fails("write", path, 1, putHalf, &piece) ? -1 : put(&piece);
  unlock();
  return result;
}

ssize_t write(int descriptor, const void *bytes, size_t count) { return writing(descriptor, bytes, count, -1); }
ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
  return writing(descriptor, bytes, count, offset);
}
ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
  return writing(descriptor, bytes, count, offset);
}

static int opening(int directory, const char *path, int flags, mode_t mode) {
  struct stat status;
  int makes = (flags & O_CREAT) && counts(path) && lstat(path, &status) != 0;
  if (!makes) return REAL(openat64)(directory, path, flags, mode);
  lock();
  int descriptor = fails("create", path, 1, NULL, NULL) ? -1 : REAL(openat64)(directory, path, flags, mode);
  if (descriptor >= 0) changing(descriptor, 1);
  unlock();
  return descriptor;
}

#define OPENING(directory) \
  va_list rest; \
  va_start(rest, flags); \
  mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
  va_end(rest); \
  return opening(directory, path, flags, mode);

int open(const char *path, int flags, ...) { OPENING(AT_FDCWD) }
int open64(const char *path, int flags, ...) { OPENING(AT_FDCWD) }
int openat(int directory, const char *path, int flags, ...) { OPENING(directory) }
int openat64(int directory, const char *path, int flags, ...) { OPENING(directory) }

int rename(const char *from, const char *to) {
  struct stat status;
  if (!counts(to)) return REAL(rename)(from, to);
  lock();
  int replaces = lstat(to, &status) == 0;
  int result = fails("rename", to, 0, NULL, NULL) ? -1 : REAL(rename)(from, to);
  if (result == 0 && !replaces && renameCount < KNOWN) {
    snprintf(renames[renameCount].from, PATH_MAX, "%s", from);
    snprintf(renames[renameCount++].to, PATH_MAX, "%s", to);
  }
  unlock();
  return result;
}

#define ON_PATH(name, space, parameters, ...) \
  int name parameters { \
    if (!counts(path)) return REAL(name)(__VA_ARGS__); \
    lock(); \
    int result = fails(#name, path, space, NULL, NULL) ? -1 : REAL(name)(__VA_ARGS__); \
    unlock(); \
    return result; \
  }

ON_PATH(unlink, 0, (const char *path), path)
ON_PATH(rmdir, 0, (const char *path), path)
ON_PATH(mkdir, 1, (const char *path, mode_t mode), path, mode)
ON_PATH(chmod, 0, (const char *path, mode_t mode), path, mode)

#define ON_FILE(name, before, after, space, parameters, ...) \
  int name parameters { \
    char path[PATH_MAX]; \
    if (!isOurs(descriptor, path)) return REAL(name)(__VA_ARGS__); \
    lock(); \
    before(descriptor, 0); \
    int result = fails(#name, path, space, NULL, NULL) ? -1 : REAL(name)(__VA_ARGS__); \
    if (result == 0) after(descriptor, path); \
    unlock(); \
    return result; \
  }

static void nothing(int descriptor, int isNew) { (void)descriptor, (void)isNew; }
static void done(int descriptor, const char *path) { (void)descriptor, (void)path; }

ON_FILE(fsync, nothing, durable, 1, (int descriptor), descriptor)
ON_FILE(fdatasync, nothing, durable, 1, (int descriptor), descriptor)
ON_FILE(fchmod, changing, done, 0, (int descriptor, mode_t mode), descriptor, mode)
ON_FILE(ftruncate, changing, done, 0, (int descriptor, off_t length), descriptor, length)
ON_FILE(ftruncate64, changing, done, 0, (int descriptor, off64_t length), descriptor, length)

static int cannotRead(int descriptor) {
  char path[PATH_MAX];
  if (!unreadable[0] || !pathOf(descriptor, path) || !strstr(path, unreadable)) return 0;
  errno = EIO;
  return 1;
}

ssize_t read(int descriptor, void *bytes, size_t count) {
  return cannotRead(descriptor) ? -1 : REAL(read)(descriptor, bytes, count);
}
ssize_t pread(int descriptor, void *bytes, size_t count, off_t offset) {
  return cannotRead(descriptor) ? -1 : REAL(pread)(descriptor, bytes, count, offset);
}
ssize_t pread64(int descriptor, void *bytes, size_t count, off64_t offset) {
  return cannotRead(descriptor) ? -1 : REAL(pread64)(descriptor, bytes, count, offset);
}
ssize_t sendfile(int to, int from, off_t *offset, size_t count) {
  return cannotRead(from) ? -1 : REAL(sendfile)(to, from, offset, count);
}
ssize_t sendfile64(int to, int from, off64_t *offset, size_t count) {
  return cannotRead(from) ? -1 : REAL(sendfile64)(to, from, offset, count);
}
