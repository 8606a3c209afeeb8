/* Of whole files: whether two can be one, and the exchange of two names. */
#define _GNU_SOURCE
#include "addon.h"
#include <fcntl.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { block = 128 * 1024 };

/* renameat2(2) with RENAME_EXCHANGE, in kernels since 3.15. */
long exchange_names(const char *one, const char *other) {
  const long result = syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, 1u << 1);
  return result < 0 ? -errno : 0;
}

/* As much as there is, up to a block. */
static ssize_t fill(int fd, char *buffer) {
  size_t done = 0;
  while (done < block) {
    ssize_t length = read(fd, buffer + done, block - done);
    if (length == 0) break;
    if (length < 0 && errno != EINTR) return -errno;
    if (length > 0) done += (size_t)length;
  }
  return (ssize_t)done;
}

static long same_data(int one, int other) {
  char *buffers = malloc(2 * block);
  long result = 1;
  for (ssize_t length = block; result == 1 && length == block;) {
    length = fill(one, buffers);
    const ssize_t second = fill(other, buffers + block);
    if (length < 0 || second < 0) result = length < 0 ? length : second;
    else if (length != second || memcmp(buffers, buffers + block, (size_t)length) != 0) result = 0;
  }
  free(buffers);
  return result;
}

static ssize_t names_of(int fd, char *names) {
  const ssize_t size = flistxattr(fd, names, XATTR_LIST_MAX);
  if (size < 0) return errno == ENOTSUP ? 0 : -errno;
  return size;
}

/* Their order may differ, so equally long lists of which one is in the other are the same. */
static long same_xattrs(int one, int other) {
  char *names = malloc(XATTR_LIST_MAX), *values = malloc(2 * XATTR_SIZE_MAX);
  const ssize_t second = names_of(other, names), size = names_of(one, names);
  long result = size < 0 ? size : second < 0 ? second : size == second;
  for (char *name = names; result == 1 && name < names + size; name += strlen(name) + 1) {
    const ssize_t a = fgetxattr(one, name, values, XATTR_SIZE_MAX);
    const ssize_t b = fgetxattr(other, name, values + XATTR_SIZE_MAX, XATTR_SIZE_MAX);
    if (a < 0 || a != b || memcmp(values, values + XATTR_SIZE_MAX, (size_t)a) != 0) result = 0;
  }
  free(names);
  free(values);
  return result;
}

long same_file(const char *one, const char *other) {
  const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  struct stat a, b;
  const int first = open(one, flags);
  const int second = first < 0 ? -1 : open(other, flags);
  long result = second < 0 || fstat(first, &a) < 0 || fstat(second, &b) < 0 ? -errno : 1;
  if (result == 1)
    result = S_ISREG(a.st_mode) && a.st_mode == b.st_mode && a.st_uid == b.st_uid &&
             a.st_gid == b.st_gid && a.st_size == b.st_size;
  if (result == 1) result = same_xattrs(first, second);
  if (result == 1) result = same_data(first, second);
  if (first >= 0) close(first);
  if (second >= 0) close(second);
  return result;
}
