/*
 * System calls that Node has no binding for. Every function returns 0 or more, or -errno; none throws
 * for an errno. Strings are byte strings: one character (0-255) per byte.
 * What may wait for a disk or a server runs in libuv's thread pool and returns a promise.
 */
#define _GNU_SOURCE
#include "addon.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <node_api.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { max_strings = 4, max_numbers = 2 };

typedef struct {
  char *s[max_strings];
  size_t size[max_strings];
  int64_t n[max_numbers];
} args_t;

typedef struct {
  const char *name;
  int strings, numbers;
  long (*run)(const args_t *);
  /* Instead: the result is a text. */
  void (*tell)(const args_t *, text_t *);
} call_t;

typedef struct {
  const call_t *call;
  args_t args;
  long result;
  text_t text;
  napi_async_work work;
  napi_deferred deferred;
} job_t;

static long checked(long result) { return result < 0 ? -errno : result; }

static long do_mount(const args_t *a) {
  return checked(mount(a->s[0], a->s[1], a->s[2], (unsigned long)a->n[0], a->s[3]));
}

/* mount(2) of a hung server never returns, but its process can be killed: n[1] milliseconds. */
static long do_mount_watched(const args_t *a) {
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) {
    /* What other threads have open meanwhile must not stay open, and keep its file system busy. */
    syscall(SYS_close_range, 3U, ~0U, 0U);
    long result = do_mount(a);
    _exit(result < 0 ? (int)-result : 0);
  }
  const struct timespec nap = {0, 5 * 1000 * 1000};
  int status = 0;
  for (int64_t waited = 0;; waited += 5) {
    pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
    if (ended < 0) return -errno;
    if (waited >= a->n[1]) break;
    nanosleep(&nap, NULL);
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return -ETIMEDOUT;
}

static long do_mount_loop(const args_t *a) { return mount_loop(a->s[0], a->s[1], a->s[2]); }

static long do_umount(const args_t *a) { return checked(umount2(a->s[0], (int)a->n[0])); }

static long do_mknod(const args_t *a) {
  return checked(mknod(a->s[0], (mode_t)a->n[0], (dev_t)a->n[1]));
}

static long do_load_module(const args_t *a) {
  int fd = open(a->s[0], O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  long result = checked(syscall(SYS_finit_module, fd, a->s[1], 0));
  close(fd);
  return result;
}

static long do_copy_attributes(const args_t *a) { return copy_attributes(a->s[0], a->s[1]); }

static long do_copy_content(const args_t *a) {
  return copy_content(a->s[0], a->s[1], a->n[0] != 0);
}

static long do_copy_object(const args_t *a) { return copy_object(a->s[0], a->s[1]); }

static long do_exchange(const args_t *a) { return exchange_names(a->s[0], a->s[1]); }

static long do_same_file(const args_t *a) { return same_file(a->s[0], a->s[1]); }

static fields_t fields_of(const args_t *a, int i) {
  return (fields_t){a->s[i], a->s[i] + a->size[i]};
}

static void tell_look(const args_t *a, text_t *answer) {
  look(a->s[0], fields_of(a, 1), answer);
}

static void tell_list(const args_t *a, text_t *answer) { list(a->s[0], fields_of(a, 1), answer); }

static void tell_files(const args_t *a, text_t *answer) { read_files(fields_of(a, 0), answer); }

static void tell_straight(const args_t *a, text_t *answer) { straight(fields_of(a, 0), answer); }

static void tell_batch(const args_t *a, text_t *answer) { batch(fields_of(a, 0), answer); }

static long do_sethostname(const args_t *a) { return checked(sethostname(a->s[0], strlen(a->s[0]))); }

static long do_reboot(const args_t *a) { return checked(reboot((int)a->n[0])); }

static long do_chroot(const args_t *a) { return checked(chroot(a->s[0])); }

static long do_nofile_limit(const args_t *a) {
  struct rlimit limit = {(rlim_t)a->n[0], (rlim_t)a->n[1]};
  return checked(setrlimit(RLIMIT_NOFILE, &limit));
}

static int request_for(struct ifreq *request, const char *interface) {
  memset(request, 0, sizeof *request);
  strncpy(request->ifr_name, interface, IFNAMSIZ - 1);
  return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static long do_interface_up(const args_t *a) {
  struct ifreq request;
  int fd = request_for(&request, a->s[0]);
  if (fd < 0) return -errno;
  long result = checked(ioctl(fd, SIOCGIFFLAGS, &request));
  request.ifr_flags |= IFF_UP;
  if (result >= 0) result = checked(ioctl(fd, SIOCSIFFLAGS, &request));
  close(fd);
  return result;
}

static int set_ipv4(struct sockaddr *address, const char *text) {
  struct sockaddr_in in = {.sin_family = AF_INET};
  if (inet_pton(AF_INET, text, &in.sin_addr) != 1) return -EINVAL;
  memcpy(address, &in, sizeof in);
  return 0;
}

/* Interface s[0] gets the IPv4 address s[1] with netmask s[2]. */
static long do_interface_address(const args_t *a) {
  struct ifreq request;
  int fd = request_for(&request, a->s[0]);
  if (fd < 0) return -errno;
  long result = set_ipv4(&request.ifr_addr, a->s[1]);
  if (result >= 0) result = checked(ioctl(fd, SIOCSIFADDR, &request));
  if (result >= 0) result = set_ipv4(&request.ifr_netmask, a->s[2]);
  if (result >= 0) result = checked(ioctl(fd, SIOCSIFNETMASK, &request));
  close(fd);
  return result;
}

static long do_default_route(const args_t *a) {
  struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};
  set_ipv4(&route.rt_dst, "0.0.0.0");
  set_ipv4(&route.rt_genmask, "0.0.0.0");
  long result = set_ipv4(&route.rt_gateway, a->s[0]);
  if (result < 0) return result;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  result = checked(ioctl(fd, SIOCADDRT, &route));
  close(fd);
  return result;
}

static long do_notify(const args_t *a) { return notify(a->s[0], a->s[1], a->size[1]); }

static const call_t asynchronous[] = {
    {"mount", 4, 1, do_mount},
    {"mountWatched", 4, 2, do_mount_watched},
    {"mountLoop", 3, 0, do_mount_loop},
    {"unmount", 1, 1, do_umount},
    {"makeNode", 1, 2, do_mknod},
    {"loadModule", 2, 0, do_load_module},
    {"copyAttributes", 2, 0, do_copy_attributes},
    {"copyContent", 2, 1, do_copy_content},
    {"copyObject", 2, 0, do_copy_object},
    {"exchange", 2, 0, do_exchange},
    {"sameFile", 2, 0, do_same_file},
    {"look", 2, 0, NULL, tell_look},
    {"list", 2, 0, NULL, tell_list},
    {"readFiles", 1, 0, NULL, tell_files},
    {"straight", 1, 0, NULL, tell_straight},
    {"batch", 1, 0, NULL, tell_batch},
};

static const call_t synchronous[] = {
    {"setHostname", 1, 0, do_sethostname},         {"reboot", 0, 1, do_reboot},
    {"changeRoot", 1, 0, do_chroot},               {"limitOpenFiles", 0, 2, do_nofile_limit},
    {"interfaceUp", 1, 0, do_interface_up},        {"interfaceAddress", 3, 0, do_interface_address},
    {"defaultRoute", 1, 0, do_default_route},      {"notify", 2, 0, do_notify},
};

static char *sized_string_of(napi_env env, napi_value value, size_t *size) {
  size_t length = 0;
  if (napi_get_value_string_latin1(env, value, NULL, 0, &length) != napi_ok) return NULL;
  char *text = malloc(length + 1);
  napi_get_value_string_latin1(env, value, text, length + 1, &length);
  *size = length;
  return text;
}

static char *string_of(napi_env env, napi_value value) {
  size_t size;
  return sized_string_of(env, value, &size);
}

static void release(args_t *args) {
  for (int i = 0; i < max_strings; i++) free(args->s[i]);
}

/* Reads exactly the declared arguments; a missing string would be a NULL that crashes PID 1. */
static const call_t *read_args(napi_env env, napi_callback_info info, args_t *args) {
  napi_value argv[max_strings + max_numbers];
  size_t argc = max_strings + max_numbers;
  void *data = NULL;
  napi_get_cb_info(env, info, &argc, argv, NULL, &data);
  const call_t *call = data;
  int ok = argc >= (size_t)(call->strings + call->numbers);
  for (int i = 0; ok && i < call->strings; i++) {
    args->s[i] = sized_string_of(env, argv[i], &args->size[i]);
    ok = args->s[i] != NULL;
  }
  for (int i = 0; ok && i < call->numbers; i++)
    ok = napi_get_value_int64(env, argv[call->strings + i], &args->n[i]) == napi_ok;
  if (ok) return call;
  release(args);
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", call->name);
  return NULL;
}

static napi_value number(napi_env env, long result) {
  napi_value value;
  napi_create_int64(env, result, &value);
  return value;
}

static napi_value call_now(napi_env env, napi_callback_info info) {
  args_t args = {0};
  const call_t *call = read_args(env, info, &args);
  if (call == NULL) return NULL;
  long result = call->run(&args);
  release(&args);
  return number(env, result);
}

static void run_job(napi_env env, void *data) {
  job_t *job = data;
  if (job->call->tell != NULL) job->call->tell(&job->args, &job->text);
  else job->result = job->call->run(&job->args);
}

static void finish_job(napi_env env, napi_status status, void *data) {
  job_t *job = data;
  napi_value value;
  if (job->call->tell == NULL) value = number(env, job->result);
  else napi_create_string_latin1(env, job->text.data, job->text.size, &value);
  napi_resolve_deferred(env, job->deferred, value);
  napi_delete_async_work(env, job->work);
  release(&job->args);
  free(job->text.data);
  free(job);
}

static napi_value call_later(napi_env env, napi_callback_info info) {
  args_t args = {0};
  const call_t *call = read_args(env, info, &args);
  if (call == NULL) return NULL;
  job_t *job = calloc(1, sizeof *job);
  job->call = call;
  job->args = args;
  napi_value promise, name;
  napi_create_promise(env, &job->deferred, &promise);
  napi_create_string_utf8(env, call->name, NAPI_AUTO_LENGTH, &name);
  napi_create_async_work(env, NULL, name, run_job, finish_job, job, &job->work);
  napi_queue_async_work(env, job->work);
  return promise;
}

static char **list_of(napi_env env, napi_value value) {
  uint32_t length = 0;
  napi_get_array_length(env, value, &length);
  char **list = calloc(length + 1, sizeof *list);
  for (uint32_t i = 0; i < length; i++) {
    napi_value item;
    napi_get_element(env, value, i, &item);
    list[i] = string_of(env, item);
  }
  return list;
}

/*
 * execve(file, argv, envp) with the signals and the standard descriptors as a new program expects
 * them; Node's own process.execve() aborts when it fails, which for PID 1 is a kernel panic.
 */
static napi_value exec_program(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  size_t argc = 3;
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  char *file = string_of(env, argv[0]);
  if (file == NULL) return number(env, -EINVAL);
  char **arguments = list_of(env, argv[1]), **environment = list_of(env, argv[2]);
  for (int s = 1; s < 65; s++) {
    const struct sigaction standard = {.sa_handler = SIG_DFL};
    if (s != SIGKILL && s != SIGSTOP) sigaction(s, &standard, NULL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  for (int fd = 0; fd < 3; fd++) {
    fcntl(fd, F_SETFD, 0);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  }
  execve(file, arguments, environment);
  return number(env, -errno);
}

static void export_all(napi_env env, napi_value exports, const call_t *calls, size_t count,
                       napi_callback callback) {
  for (size_t i = 0; i < count; i++) {
    napi_value function;
    napi_create_function(env, calls[i].name, NAPI_AUTO_LENGTH, callback, (void *)&calls[i], &function);
    napi_set_named_property(env, exports, calls[i].name, function);
  }
}

NAPI_MODULE_INIT() {
  export_all(env, exports, asynchronous, sizeof asynchronous / sizeof *asynchronous, call_later);
  export_all(env, exports, synchronous, sizeof synchronous / sizeof *synchronous, call_now);
  napi_value function;
  napi_create_function(env, "execute", NAPI_AUTO_LENGTH, exec_program, NULL, &function);
  napi_set_named_property(env, exports, "execute", function);
  return exports;
}
