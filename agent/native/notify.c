/* One datagram to a UNIX socket, which Node cannot send: how a service tells systemd of itself. */
#define _GNU_SOURCE
#include "addon.h"
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* An address that begins with @ is a name in the abstract namespace (unix(7)). */
long notify(const char *address, const char *message, size_t size) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  size_t length = strlen(address);
  if (length == 0 || length >= sizeof to.sun_path) return -EINVAL;
  memcpy(to.sun_path, address, length);
  if (address[0] == '@') to.sun_path[0] = '\0';
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  socklen_t used = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (address[0] != '@'));
  ssize_t sent = sendto(fd, message, size, MSG_NOSIGNAL, (struct sockaddr *)&to, used);
  long result = sent < 0 ? -errno : 0;
  close(fd);
  return result;
}
