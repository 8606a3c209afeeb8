/* Faithful copies of single objects: data, owner, mode, xattrs, ACLs, times. */
#define _GNU_SOURCE
#include "addon.h"
#include <fcntl.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum { block = 128 * 1024 };

long target_error(void) { return -errno - on_target; }

/* What a file system may refuse to keep; everything else is a failure of the copy. */
static int is_lost(int error) {
  return error == ENOTSUP || error == EPERM || error == EACCES || error == EINVAL ||
         error == E2BIG || error == ERANGE || error == ENOSPC;
}

/* The names of all xattrs, to be freed; *size is their length, or -errno. */
static char *xattr_names(const char *path, ssize_t *size) {
  char *names = malloc(XATTR_LIST_MAX);
  *size = llistxattr(path, names, XATTR_LIST_MAX);
  if (*size < 0) *size = errno == ENOTSUP ? 0 : -errno;
  return names;
}

static int holds(const char *names, ssize_t size, const char *wanted) {
  for (const char *name = names; name < names + size; name += strlen(name) + 1)
    if (strcmp(name, wanted) == 0) return 1;
  return 0;
}

/* Copies all xattrs; returns how many the target cannot keep. */
static long copy_xattrs(const char *from, const char *to) {
  ssize_t size, present;
  char *names = xattr_names(from, &size), *value = malloc(XATTR_SIZE_MAX);
  long result = size < 0 ? size : 0;
  for (char *name = names; result >= 0 && name < names + size; name += strlen(name) + 1) {
    /* The server's own view of owner and mode, listed for every file of an NFSv4 mount. */
    if (strncmp(name, "system.nfs4", 11) == 0) continue;
    ssize_t length = lgetxattr(from, name, value, XATTR_SIZE_MAX);
    if (length < 0 && errno == ENODATA) continue;
    if (length < 0) result = is_lost(errno) ? result + 1 : -errno;
    else if (lsetxattr(to, name, value, (size_t)length, 0) < 0)
      result = is_lost(errno) ? result + 1 : target_error();
  }
  /* The directory that it was made in may have given it ACLs. */
  char *inherited = xattr_names(to, &present);
  static const char *const acls[] = {"system.posix_acl_access", "system.posix_acl_default"};
  for (int i = 0; result >= 0 && i < 2; i++)
    if (holds(inherited, present, acls[i]) && !holds(names, size, acls[i]) &&
        lremovexattr(to, acls[i]) < 0 && errno != ENODATA)
      result = target_error();
  free(inherited);
  free(names);
  free(value);
  return result;
}

long copy_attributes(const char *from, const char *to) {
  struct stat st;
  if (lstat(from, &st) < 0) return -errno;
  if (lchown(to, st.st_uid, st.st_gid) < 0) return target_error();
  if (!S_ISLNK(st.st_mode) && chmod(to, st.st_mode & 07777) < 0) return target_error();
  long lost = copy_xattrs(from, to);
  if (lost < 0) return lost;
  const struct timespec times[2] = {st.st_atim, st.st_mtim};
  if (utimensat(AT_FDCWD, to, times, AT_SYMLINK_NOFOLLOW) < 0) return target_error();
  return lost;
}

static long write_all(int fd, const char *buffer, ssize_t length, off_t at) {
  for (ssize_t done = 0; done < length;) {
    ssize_t written = pwrite(fd, buffer + done, (size_t)(length - done), at + done);
    if (written < 0 && errno != EINTR) return target_error();
    if (written > 0) done += written;
  }
  return 0;
}

/* Up to the end, wherever it is by then. Holes stay holes, and so do blocks of zeros of a sparse file. */
static long copy_data(int from, int to, const struct stat *st, off_t base, char *buffer) {
  static char zeros[block]; /* never written */
  const int sparse = (off_t)st->st_blocks * 512 < st->st_size;
  off_t at = 0, hole = 0;
  for (;;) {
    if (sparse && at >= hole) {
      off_t data = lseek(from, at, SEEK_DATA);
      if (data < 0 && errno == ENXIO) {
        if (st->st_size > at) at = st->st_size;
        break;
      }
      if (data > at) at = data;
      hole = lseek(from, at, SEEK_HOLE);
      if (hole <= at) hole = INT64_MAX; /* a file system that does not tell */
    }
    size_t wanted = sparse && hole - at < block ? (size_t)(hole - at) : block;
    ssize_t length = pread(from, buffer, wanted, at);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return -errno;
    if (length == 0) break;
    long result = sparse && memcmp(buffer, zeros, (size_t)length) == 0
                      ? 0
                      : write_all(to, buffer, length, base + at);
    if (result < 0) return result;
    at += length;
  }
  return sparse && ftruncate(to, base + at) < 0 ? target_error() : 0;
}

/* A new file that is not whole is taken away again. */
long copy_content(const char *source, const char *target, int append) {
  const int reading = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  int from = open(source, reading | O_NOATIME);
  if (from < 0 && errno == EPERM) from = open(source, reading);
  if (from < 0) return -errno;
  struct stat st, present;
  long result = fstat(from, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? 0 : -EINVAL;
  int to = -1;
  if (result == 0) {
    to = open(target, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | (append ? 0 : O_CREAT | O_EXCL), 0600);
    if (to < 0 || fstat(to, &present) < 0) result = target_error();
  }
  if (result == 0) {
    char *buffer = malloc(block);
    result = copy_data(from, to, &st, present.st_size, buffer);
    free(buffer);
  }
  close(from);
  /* Here NFS tells what it could not write. */
  if (to >= 0 && close(to) < 0 && result == 0) result = target_error();
  if (to >= 0 && result < 0 && !append) unlink(target);
  return result;
}

static long copy_link(const char *from, const char *to) {
  char target[PATH_MAX];
  ssize_t length = readlink(from, target, sizeof target - 1);
  if (length < 0) return -errno;
  target[length] = '\0';
  return symlink(target, to) < 0 ? target_error() : 0;
}

long copy_object(const char *from, const char *to) {
  struct stat st;
  if (lstat(from, &st) < 0) return -errno;
  long result = S_ISREG(st.st_mode)   ? copy_content(from, to, 0)
                : S_ISLNK(st.st_mode) ? copy_link(from, to)
                : mknod(to, st.st_mode, st.st_rdev) < 0 ? target_error()
                                                        : 0;
  if (result < 0) return result;
  result = copy_attributes(from, to);
  if (result < 0) unlink(to);
  return result;
}
