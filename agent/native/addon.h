/* What the C files of the addon share. Strings are byte strings; results are 0 or more, or -errno. */
#ifndef STATELITE_ADDON_H
#define STATELITE_ADDON_H
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

/* A copy has two sides: what fails at the target is told as -errno - on_target, beyond every errno. */
enum { on_target = 4096 };
long target_error(void);

/* Owner, mode, xattrs with ACLs, times, following no link; returns the lost xattrs. */
long copy_attributes(const char *from, const char *to);
/* The data of a regular file into a new one, 0600, or to the end of a present one. */
long copy_content(const char *from, const char *to, int append);
/* All of an object that is no directory, which must not be there yet; returns the lost xattrs. */
long copy_object(const char *from, const char *to);

/* Two names of one file system change places at once: 0 or -errno. */
long exchange_names(const char *one, const char *other);
/* 1 if two regular files are alike in data, owner, mode and xattrs, else 0 or -errno. */
long same_file(const char *one, const char *other);

/* Text that grows. */
typedef struct {
  char *data;
  size_t size, capacity;
} text_t;

void put_bytes(text_t *, const char *, size_t);
void put(text_t *, const char *);
void put_number(text_t *, long);

/* Fields of a text, each but the last ended by a NUL byte. */
typedef struct {
  const char *at, *end;
} fields_t;

/* The next field, or NULL. */
const char *next_field(fields_t *);

/* What stands at paths, and which names are in directories: see load.ts for requests and answers. */
void look(const char *root, fields_t paths, text_t *answer);
void list(const char *directory, fields_t left_out, text_t *answer);
void read_files(fields_t paths, text_t *answer);
void straight(fields_t paths, text_t *answer);
/* Sends a datagram to a UNIX socket; 0 or -errno. */
long notify(const char *address, const char *message, size_t size);
/* Mounts a file system in a file read-only, over a loop device; 0 or -errno. */
long mount_loop(const char *image, const char *target, const char *type);
/* Performs changes in order until one fails: see load.ts. */
void batch(fields_t changes, text_t *answer);

#endif
