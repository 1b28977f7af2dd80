// Linked into a release binary, in front of the C library: counts every call that makes something persistent
// below one folder, and kills the process with SIGKILL at the N-th, so that a test can stop it at
// each step in turn. Nothing else about the process changes.
//
//   KILL_BELOW  the folder, as the kernel names it, "/" for everything; without it nothing is
//               counted
//   KILL_AT     N, counted from 1; without it the process lives
//   KILL_WHEN   before (default): the N-th call is not made; after: it is made, and is the last
//   KILL_LOG    a file that gets a line for every counted call before it is made: number, call,
//               path below the folder, separated by spaces
//
// Only a process is lost here, never the machine: what write() returned for survives without
// fsync(). The flushes are steps all the same, since they are the points where the product believes
// something to be durable.
//
// The calls are made by syscall(2), so there is nothing to look up and nothing to allocate. A
// descriptor's path is read from /proc at each call: a microsecond, and never stale. Not seen:
// writes through FILE streams and through mappings; SQLite's shared-memory file is one, which
// recovery throws away.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { line_bytes_max = PATH_MAX + 64 };

// Written once, before main(); only read afterwards.
static bool is_counting;
static char folder[PATH_MAX];  // without a slash at the end
static size_t folder_bytes;
static unsigned long kill_at;
static bool is_killed_after;
static int log_file = -1;

static atomic_ulong calls;

__attribute__((constructor)) static void read_environment(void) {
    char const* const below = getenv("KILL_BELOW");
    if (below == NULL || strlen(below) >= sizeof folder) return;
    char const* const at = getenv("KILL_AT");
    if (at != NULL) kill_at = strtoul(at, NULL, 10);
    char const* const when = getenv("KILL_WHEN");
    is_killed_after = when != NULL && strcmp(when, "after") == 0;
    char const* const log = getenv("KILL_LOG");
    if (log != NULL) {
        int const flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
        log_file = (int)syscall(SYS_openat, AT_FDCWD, log, flags, 0600);
    }
    strcpy(folder, below);
    folder_bytes = strlen(folder);
    while (folder_bytes > 0 && folder[folder_bytes - 1] == '/')
        folder[--folder_bytes] = '\0';
    is_counting = true;
}

// ---- counting -----------------------------------------------------------------------------------

// The part of `path` below the folder, "." for the folder itself, NULL for anything elsewhere: a
// pipe or a socket too, whose names do not begin with a slash.
static char const* below_folder(char const* path) {
    if (!is_counting || path[0] != '/' || strncmp(path, folder, folder_bytes) != 0) return NULL;
    if (path[folder_bytes] == '\0') return ".";
    return path[folder_bytes] == '/' ? path + folder_bytes + 1 : NULL;
}

static char const* below_folder_of(int file, char path[PATH_MAX]) {
    if (!is_counting) return NULL;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t const bytes = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    if (bytes < 0) return NULL;
    path[bytes] = '\0';
    return below_folder(path);
}

// A path may also be relative to a folder that is held open.
static char const* below_folder_at(int at, char const* name, char path[PATH_MAX]) {
    if (!is_counting) return NULL;
    if (name[0] == '/') return below_folder(name);
    char held[PATH_MAX];
    if (at == AT_FDCWD) {
        if (syscall(SYS_getcwd, held, sizeof held) < 0) return NULL;
    } else if (below_folder_of(at, held) == NULL) {
        return NULL;
    }
    if (snprintf(path, PATH_MAX, "%s/%s", held, name) >= PATH_MAX) return NULL;
    return below_folder(path);
}

static _Noreturn void die(void) {
    while (true)
        syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

// Counts a call when it concerns the folder. True: the call must be the last.
static bool is_last(char const* call, char const* path) {
    if (path == NULL) return false;
    unsigned long const number = atomic_fetch_add(&calls, 1) + 1;
    if (log_file >= 0) {
        char line[line_bytes_max];
        int const bytes = snprintf(line, sizeof line, "%lu %s %s\n", number, call, path);
        if (bytes > 0 && bytes < line_bytes_max) syscall(SYS_write, log_file, line, bytes);
    }
    if (number != kill_at) return false;
    if (!is_killed_after) die();
    return true;
}

static bool is_last_of(char const* call, int file) {
    char path[PATH_MAX];
    return is_last(call, below_folder_of(file, path));
}

static bool is_last_at(char const* call, int at, char const* name) {
    char path[PATH_MAX];
    return is_last(call, below_folder_at(at, name, path));
}

static long finish(bool is_last_call, long result) {
    if (is_last_call) die();
    return result;
}

// ---- opening ------------------------------------------------------------------------------------

// Opening what is there makes nothing persistent; whether it is there only the call itself knows,
// so every one that might create, or empties, is counted.
static int open_at(char const* call, int at, char const* path, int flags, mode_t mode) {
    bool const counts = (flags & (O_CREAT | O_TRUNC)) != 0;
    bool const last = counts && is_last_at(call, at, path);
    return (int)finish(last, syscall(SYS_openat, at, path, flags, mode));
}

static mode_t mode_of(int flags, va_list arguments) {
    bool const has_mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
    return has_mode ? va_arg(arguments, mode_t) : 0;
}

int open(char const* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t const mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_at("open", AT_FDCWD, path, flags, mode);
}

int open64(char const* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t const mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_at("open", AT_FDCWD, path, flags, mode);
}

int openat(int at, char const* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t const mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_at("open", at, path, flags, mode);
}

int openat64(int at, char const* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t const mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_at("open", at, path, flags, mode);
}

// ---- writing and flushing -----------------------------------------------------------------------

ssize_t write(int file, void const* bytes, size_t count) {
    bool const last = is_last_of("write", file);
    return finish(last, syscall(SYS_write, file, bytes, count));
}

ssize_t writev(int file, struct iovec const* parts, int count) {
    bool const last = is_last_of("writev", file);
    return finish(last, syscall(SYS_writev, file, parts, count));
}

ssize_t pwrite(int file, void const* bytes, size_t count, off_t offset) {
    bool const last = is_last_of("pwrite", file);
    return finish(last, syscall(SYS_pwrite64, file, bytes, count, offset));
}

ssize_t pwrite64(int file, void const* bytes, size_t count, off64_t offset) {
    bool const last = is_last_of("pwrite", file);
    return finish(last, syscall(SYS_pwrite64, file, bytes, count, offset));
}

ssize_t pwritev(int file, struct iovec const* parts, int count, off_t offset) {
    bool const last = is_last_of("pwritev", file);
    return finish(last, syscall(SYS_pwritev, file, parts, count, offset, 0L));
}

ssize_t pwritev64(int file, struct iovec const* parts, int count, off64_t offset) {
    bool const last = is_last_of("pwritev", file);
    return finish(last, syscall(SYS_pwritev, file, parts, count, offset, 0L));
}

int ftruncate(int file, off_t bytes) {
    bool const last = is_last_of("ftruncate", file);
    return (int)finish(last, syscall(SYS_ftruncate, file, bytes));
}

int ftruncate64(int file, off64_t bytes) {
    bool const last = is_last_of("ftruncate", file);
    return (int)finish(last, syscall(SYS_ftruncate, file, bytes));
}

// glibc emulates this one where a file system lacks it; those the tests run on have it.
int posix_fallocate(int file, off_t offset, off_t bytes) {
    bool const last = is_last_of("fallocate", file);
    int const before = errno;
    bool const is_done = finish(last, syscall(SYS_fallocate, file, 0, offset, bytes)) == 0;
    int const error = is_done ? 0 : errno;
    errno = before;
    return error;
}

int fallocate(int file, int mode, off_t offset, off_t bytes) {
    bool const last = is_last_of("fallocate", file);
    return (int)finish(last, syscall(SYS_fallocate, file, mode, offset, bytes));
}

int fsync(int file) {
    bool const last = is_last_of("fsync", file);
    return (int)finish(last, syscall(SYS_fsync, file));
}

int fdatasync(int file) {
    bool const last = is_last_of("fdatasync", file);
    return (int)finish(last, syscall(SYS_fdatasync, file));
}

// ---- names --------------------------------------------------------------------------------------

static int rename_at(int from_at, char const* from, int to_at, char const* to, unsigned flags) {
    bool const last = is_last_at("rename", to_at, to);
    return (int)finish(last, syscall(SYS_renameat2, from_at, from, to_at, to, flags));
}

int rename(char const* from, char const* to) {
    return rename_at(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat(int from_at, char const* from, int to_at, char const* to) {
    return rename_at(from_at, from, to_at, to, 0);
}

int renameat2(int from_at, char const* from, int to_at, char const* to, unsigned flags) {
    return rename_at(from_at, from, to_at, to, flags);
}

int linkat(int from_at, char const* from, int to_at, char const* to, int flags) {
    bool const last = is_last_at("link", to_at, to);
    return (int)finish(last, syscall(SYS_linkat, from_at, from, to_at, to, flags));
}

int link(char const* from, char const* to) {
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlinkat(int at, char const* path, int flags) {
    bool const last = is_last_at((flags & AT_REMOVEDIR) != 0 ? "rmdir" : "unlink", at, path);
    return (int)finish(last, syscall(SYS_unlinkat, at, path, flags));
}

int unlink(char const* path) {
    return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(char const* path) {
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int remove(char const* path) {
    bool const last = is_last_at("remove", AT_FDCWD, path);
    long result = syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (result < 0 && errno == EISDIR) {
        result = syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
    }
    return (int)finish(last, result);
}

int mkdirat(int at, char const* path, mode_t mode) {
    bool const last = is_last_at("mkdir", at, path);
    return (int)finish(last, syscall(SYS_mkdirat, at, path, mode));
}

int mkdir(char const* path, mode_t mode) {
    return mkdirat(AT_FDCWD, path, mode);
}
