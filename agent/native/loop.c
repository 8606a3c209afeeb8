/* An image in a file, mounted over a loop device that goes away with the mount. */
#define _GNU_SOURCE
#include "addon.h"
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

/* In kernels since 5.8; the headers of the build may be older. */
#ifndef LOOP_CONFIGURE
#define LOOP_CONFIGURE 0x4C0A
struct loop_config {
  uint32_t fd, block_size;
  struct loop_info64 info;
  uint64_t reserved[8];
};
#endif

enum { most_tries = 50 };

static long configure(int device, int file) {
  const struct loop_info64 info = {.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR};
  struct loop_config config = {.fd = (uint32_t)file, .info = info};
  if (ioctl(device, LOOP_CONFIGURE, &config) == 0) return 0;
  if (errno != EINVAL && errno != ENOTTY) return -errno;
  /* Linux 4.18 of RHEL 8 takes it in two steps; read-only it is by the file. */
  if (ioctl(device, LOOP_SET_FD, file) < 0) return -errno;
  if (ioctl(device, LOOP_SET_STATUS64, &info) == 0) return 0;
  long result = -errno;
  ioctl(device, LOOP_CLR_FD, 0);
  return result;
}

/* Its open device, or -errno; `name` is where it is. Another program may take the free one first. */
static int attach(int file, char *name, size_t size) {
  int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), device = -1;
  if (control < 0) return -errno;
  long result = -EBUSY;
  for (int tries = 0; result == -EBUSY && tries < most_tries; tries++) {
    int number = ioctl(control, LOOP_CTL_GET_FREE);
    snprintf(name, size, "/dev/loop%d", number);
    device = number < 0 ? -1 : open(name, O_RDONLY | O_CLOEXEC);
    if (device < 0) {
      result = -errno;
      break;
    }
    result = configure(device, file);
    if (result < 0) close(device);
  }
  close(control);
  return result < 0 ? (int)result : device;
}

long mount_loop(const char *image, const char *target, const char *type) {
  char name[32];
  int file = open(image, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -errno;
  int device = attach(file, name, sizeof name);
  close(file);
  if (device < 0) return device;
  /* The device is kept open until it is mounted: it goes away with its last user. */
  long result = mount(name, target, type, MS_RDONLY, "") < 0 ? -errno : 0;
  close(device);
  return result;
}
