/* Many changes in one go, see look.c. */
#define _GNU_SOURCE
#include "addon.h"
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Makes a directory and those above it; 1 if it is new, 0 if something is there. */
static long make_directories(const char *path) {
  if (mkdir(path, 0755) == 0) return 1;
  if (errno == EEXIST) return 0;
  char above[PATH_MAX];
  if (errno != ENOENT || strlen(path) >= sizeof above) return target_error();
  strcpy(above, path);
  for (char *slash = strchr(above + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    if (mkdir(above, 0755) < 0 && errno != EEXIST) return target_error();
    *slash = '/';
  }
  if (mkdir(path, 0755) == 0) return 1;
  return errno == EEXIST ? 0 : target_error();
}

/* Copies an object; the data of a regular file is on the disk then. */
static long copy_durably(const char *from, const char *to) {
  long lost = copy_object(from, to);
  int fd = lost < 0 ? -1 : open(to, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat st;
  if (fd < 0) return lost;
  /* A file system without fsync loses nothing more. */
  if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && fsync(fd) < 0 && errno != EINVAL &&
      errno != ENOTSUP) {
    lost = target_error();
    unlink(to);
  }
  close(fd);
  return lost;
}

static long change(char kind, const char *from, const char *to) {
  switch (kind) {
    case 'D': return make_directories(to);
    case 'C': return copy_object(from, to);
    case 'K': return copy_durably(from, to);
    case 'A': return copy_attributes(from, to);
    case 'L': return link(from, to) < 0 ? target_error() : 0;
    case 'S': return symlink(from, to) < 0 ? target_error() : 0;
    default: return -ENOSYS;
  }
}

void batch(fields_t changes, text_t *answer) {
  for (const char *kind; (kind = next_field(&changes)) != NULL;) {
    const char *to = next_field(&changes);
    if (to == NULL) return;
    long result = change(*kind, kind + 1, to);
    put_number(answer, result);
    put(answer, " ");
    if (result < 0) return;
  }
}
