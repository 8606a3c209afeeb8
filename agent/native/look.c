/* Many looks in one go: each trip into the thread pool and back takes longer than the looks do. */
#define _GNU_SOURCE
#include "addon.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

void put_bytes(text_t *text, const char *bytes, size_t size) {
  if (text->size + size > text->capacity) {
    text->capacity = (text->size + size) * 2;
    text->data = realloc(text->data, text->capacity);
    if (text->data == NULL) abort();
  }
  if (size > 0) memcpy(text->data + text->size, bytes, size);
  text->size += size;
}

void put(text_t *text, const char *bytes) { put_bytes(text, bytes, strlen(bytes)); }

void put_number(text_t *text, long number) {
  char digits[24];
  put_bytes(text, digits, (size_t)snprintf(digits, sizeof digits, "%ld", number));
}

const char *next_field(fields_t *fields) {
  if (fields->at > fields->end) return NULL;
  const char *field = fields->at;
  fields->at += strlen(field) + 1;
  return field;
}

/* A pure number behind a letter. */
static void put_tagged(text_t *text, const char *tag, long number) {
  put(text, tag);
  put_number(text, number);
}

static int is_missing(int error) {
  return error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG;
}

static int is_dots(const char *name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

static void look_into(const char *path, text_t *answer) {
  DIR *directory = opendir(path);
  if (directory == NULL) return put_tagged(answer, "E", errno);
  const size_t start = answer->size;
  put(answer, "D");
  const char *separator = "";
  errno = 0;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL; errno = 0) {
    if (is_dots(entry->d_name)) continue;
    put(answer, separator);
    put(answer, entry->d_name);
    separator = "/";
  }
  const int error = errno;
  closedir(directory);
  if (error == 0) return;
  answer->size = start;
  put_tagged(answer, "E", error);
}

static void look_at(const char *path, int names, text_t *answer) {
  struct stat st;
  if (lstat(path, &st) < 0) {
    if (is_missing(errno)) return put(answer, "-");
    return put_tagged(answer, "e", errno);
  }
  if (S_ISDIR(st.st_mode)) return names ? look_into(path, answer) : put(answer, "d");
  if (!S_ISLNK(st.st_mode)) return put_tagged(answer, S_ISREG(st.st_mode) ? "f" : "o", st.st_size);
  char target[PATH_MAX];
  ssize_t length = readlink(path, target, sizeof target);
  if (length < 0) return is_missing(errno) ? put(answer, "-") : put_tagged(answer, "e", errno);
  put(answer, "l");
  put_bytes(answer, target, (size_t)length);
}

void look(const char *root, fields_t paths, text_t *answer) {
  size_t count = 0, capacity = 64;
  char *is_directory = malloc(capacity);
  text_t place = {0};
  for (const char *path; (path = next_field(&paths)) != NULL; count++) {
    char *name;
    const long above = strtol(path, &name, 10);
    size_t length = strlen(name);
    const int names = length > 0 && name[length - 1] == '/';
    length -= (size_t)names;
    if (count == capacity) is_directory = realloc(is_directory, capacity *= 2);
    is_directory[count] = 0;
    if (count > 0) put_bytes(answer, "", 1);
    if (name > path && above >= 0 && (size_t)above < count && !is_directory[above]) {
      put(answer, "s");
      continue;
    }
    place.size = 0;
    put(&place, root);
    put_bytes(&place, name, length);
    put_bytes(&place, "/", length == 0);
    put_bytes(&place, "", 1);
    const size_t start = answer->size;
    look_at(place.data, names, answer);
    is_directory[count] = strchr("dD", answer->data[start]) != NULL;
  }
  free(is_directory);
  free(place.data);
}

static int holds(fields_t fields, const char *wanted) {
  for (const char *field; (field = next_field(&fields)) != NULL;)
    if (strcmp(field, wanted) == 0) return 1;
  return 0;
}

/* Bytes on disk, or fewer if the object is shorter; device and inode if it has more names. */
static void put_entry(text_t *answer, const struct stat *st, const char *path) {
  const long used = (long)st->st_blocks * 512;
  const mode_t mode = st->st_mode;
  const char type = S_ISDIR(mode) ? 'd' : S_ISREG(mode) ? 'f' : S_ISSOCK(mode) ? 's' : 'o';
  put_bytes(answer, &type, 1);
  put_number(answer, type != 'f' ? 0 : used < st->st_size ? used : (long)st->st_size);
  put(answer, " ");
  if (type != 'd' && st->st_nlink > 1) {
    put_number(answer, (long)st->st_dev);
    put(answer, ":");
    put_number(answer, (long)st->st_ino);
  }
  put(answer, " ");
  put(answer, path);
  put_bytes(answer, "", 1);
}

static int put_entries(const char *directory, const char *path, fields_t left_out, text_t *answer) {
  DIR *opened = opendir(directory);
  if (opened == NULL) return errno;
  text_t child = {0};
  int error = 0;
  for (struct dirent *entry; (errno = 0, entry = readdir(opened)) != NULL;) {
    if (is_dots(entry->d_name)) continue;
    child.size = 0;
    put(&child, path);
    put(&child, "/");
    put(&child, entry->d_name);
    put_bytes(&child, "", 1);
    if (holds(left_out, child.data)) continue;
    struct stat st;
    if (fstatat(dirfd(opened), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
      put_entry(answer, &st, child.data);
    } else if (errno != ENOENT) {
      break;
    }
  }
  error = errno;
  closedir(opened);
  free(child.data);
  return error;
}

/* No directory stays open while those in it are read. */
static int list_below(text_t *place, size_t top, fields_t left_out, text_t *answer) {
  const size_t length = place->size, start = answer->size;
  put_bytes(place, "", 1);
  int error = put_entries(place->data, place->data + top, left_out, answer);
  place->size = length;
  if (error != 0) {
    put_tagged(answer, "e", error);
    put(answer, "  ");
    put_bytes(answer, place->data + top, length - top);
    put_bytes(answer, "", 1);
    return error;
  }
  const size_t end = answer->size;
  for (size_t at = start; error == 0 && at < end; at += strlen(answer->data + at) + 1) {
    const char *entry = answer->data + at;
    if (entry[0] != 'd') continue;
    place->size = top;
    put(place, strchr(strchr(entry, ' ') + 1, ' ') + 1);
    error = list_below(place, top, left_out, answer);
  }
  return error;
}

void list(const char *directory, fields_t left_out, text_t *answer) {
  text_t place = {0};
  put(&place, directory);
  list_below(&place, place.size, left_out, answer);
  free(place.data);
}

static long read_all(int fd, text_t *text) {
  char buffer[16 * 1024];
  for (;;) {
    ssize_t length = read(fd, buffer, sizeof buffer);
    if (length == 0) return 0;
    if (length < 0 && errno != EINTR) return -errno;
    if (length > 0) put_bytes(text, buffer, (size_t)length);
  }
}

static long read_regular(const char *path, text_t *text) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat st;
  if (fd < 0) return -errno;
  long result = fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? read_all(fd, text) : -EINVAL;
  close(fd);
  return result;
}

void read_files(fields_t paths, text_t *answer) {
  for (const char *path; (path = next_field(&paths)) != NULL;) {
    text_t content = {0};
    long result = read_regular(path, &content);
    put_number(answer, result < 0 ? result : (long)content.size);
    put(answer, " ");
    if (result == 0) put_bytes(answer, content.data, content.size);
    free(content.data);
  }
}

/* <linux/openat2.h>, in kernels since 5.6. */
static int opens_without_links(const char *path) {
  const struct {
    uint64_t flags, mode, resolve;
  } how = {O_PATH | O_CLOEXEC, 0, 0x04 /* RESOLVE_NO_SYMLINKS */};
  int fd = (int)syscall(437 /* openat2 */, AT_FDCWD, path, &how, sizeof how);
  if (fd < 0) return -errno;
  close(fd);
  return 0;
}

static int is_straight(const char *path) {
  int result = opens_without_links(path);
  if (result != -ENOSYS) return result == 0;
  char real[PATH_MAX];
  return realpath(path, real) != NULL && strcmp(path, real) == 0;
}

void straight(fields_t paths, text_t *answer) {
  for (const char *path; (path = next_field(&paths)) != NULL;) put(answer, is_straight(path) ? "1" : "0");
}
