// A Runtime API on loopback that starts a bootstrap, sends it events as fast as it answers, and prints one line of
// JSON: what the bootstrap took. Usage: driver EVENT_BYTES INVOCATIONS WARMUP COLD COMMAND [ARGUMENT...]
// COLD 1: the command's file is dropped from the page cache before it starts.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char buffer[16 << 20];
static size_t have;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static int by_value(const void *left, const void *right) {
    double difference = *(double *)left - *(double *)right;
    return (difference > 0) - (difference < 0);
}

static void fail(const char *what) {
    fprintf(stderr, "driver: %s\n", what);
    exit(1);
}

// Reads one request to its end and leaves its head in the buffer; 0: the client has closed.
static int receive(int fd) {
    have = 0;
    for (;;) {
        ssize_t count = recv(fd, buffer + have, sizeof buffer - have - 1, 0);
        if (count <= 0) return 0;
        have += count;
        buffer[have] = 0;
        char *end = memmem(buffer, have < 4096 ? have : 4096, "\r\n\r\n", 4);
        if (!end) continue;
        *end = 0;
        char *header = strcasestr(buffer, "content-length:");
        size_t length = header ? strtoul(header + 15, NULL, 10) : 0;
        size_t whole = end + 4 - buffer + length;
        while (have < whole) {
            count = recv(fd, buffer + have, whole - have, MSG_WAITALL);
            if (count <= 0) return 0;
            have += count;
        }
        return 1;
    }
}

// Nanoseconds of CPU that the process has used: /proc/PID/schedstat, its first number, of all threads.
static double cpu_of(pid_t pid) {
    char path[64];
    unsigned long long ticks = 0;
    snprintf(path, sizeof path, "/proc/%d/schedstat", pid);
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%llu", &ticks) != 1) ticks = 0;
    if (file) fclose(file);
    return ticks / 1e3;
}

int main(int count, char **arguments) {
    if (count < 6) fail("usage: driver EVENT_BYTES INVOCATIONS WARMUP COLD COMMAND [ARGUMENT...]");
    size_t size = strtoul(arguments[1], NULL, 10);
    int invocations = atoi(arguments[2]), warmup = atoi(arguments[3]);
    if (atoi(arguments[4])) {
        int file = open(arguments[5], O_RDONLY);
        if (file < 0) fail("cannot open the command");
        fdatasync(file);
        posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
        close(file);
    }
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 8)) fail("cannot listen on loopback");
    getsockname(listener, (struct sockaddr *)&address, &length);
    char api[64];
    snprintf(api, sizeof api, "127.0.0.1:%d", ntohs(address.sin_port));
    setenv("AWS_LAMBDA_RUNTIME_API", api, 1);

    double started = now();
    pid_t child = fork();
    if (child == 0) {
        execvp(arguments[5], arguments + 5);
        _exit(127);
    }
    // A bootstrap that dies must not leave the driver waiting.
    signal(SIGALRM, SIG_DFL);
    alarm(120);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (!receive(fd)) fail("the bootstrap closed its connection");
    if (!strncmp(buffer, "POST /2020-01-01/extension/register", 35)) {
        const char *refusal = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        send(fd, refusal, strlen(refusal), 0);
        if (!receive(fd)) fail("the bootstrap closed its connection");
    }
    double start_time = now() - started, start_cpu = cpu_of(child);

    // JSON whose text asks RuntimeProbe for nothing.
    char *event = malloc(size + 1);
    memset(event, 'x', size);
    event[0] = event[size - 1] = '"';
    double *times = malloc(sizeof(double) * (invocations + 1));
    double first_cpu = 0, first_time = 0;
    for (int index = -warmup; index < invocations; index++) {
        if (index == 0) {
            first_cpu = cpu_of(child);
            first_time = now();
        }
        char head[512];
        int head_length = snprintf(head, sizeof head,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-%012d\r\n"
            "Lambda-Runtime-Deadline-Ms: 1956318080648\r\n"
            "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:probe\r\n"
            "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n"
            "Date: Thu, 21 Nov 2024 03:00:00 GMT\r\nContent-Length: %zu\r\n\r\n",
            index < 0 ? 0 : index, size);
        double sent = now();
        struct iovec parts[2] = {{head, head_length}, {event, size}};
        size_t done = 0, total = head_length + size;
        while (done < total) {
            struct iovec rest[2] = {{head + done, 0}, {event, size}};
            if (done < (size_t)head_length) rest[0].iov_len = head_length - done;
            else rest[1] = (struct iovec){event + (done - head_length), total - done};
            ssize_t written = writev(fd, done ? rest : parts, 2);
            if (written <= 0) fail("the bootstrap closed its connection");
            done += written;
        }
        if (!receive(fd)) fail("the bootstrap closed its connection");
        if (!strstr(buffer, "/response") || have < size) fail("an event was not answered with itself");
        const char *accepted =
            "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";
        send(fd, accepted, strlen(accepted), 0);
        if (!receive(fd)) fail("the bootstrap closed its connection");
        if (index >= 0) times[index] = now() - sent;
    }
    double elapsed = now() - first_time, cpu = cpu_of(child) - first_cpu;
    // The contract's way to end a runtime; a tracer around it can then write its report.
    const char *end = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";
    send(fd, end, strlen(end), MSG_NOSIGNAL);
    shutdown(fd, SHUT_RDWR);
    close(listener);
    struct rusage usage;
    for (int tries = 0; wait4(child, NULL, WNOHANG, &usage) == 0; tries++) {
        if (tries == 3000) kill(child, SIGKILL);
        usleep(1000);
    }
    if (invocations == 0) {
        printf("{\"start_us\":%.1f,\"start_cpu_us\":%.1f}\n", start_time, start_cpu);
        return 0;
    }
    qsort(times, invocations, sizeof(double), by_value);
    printf("{\"p50_us\":%.2f,\"p99_us\":%.2f,\"per_second\":%.0f,\"cpu_us\":%.2f,\"peak_mb\":%.1f,"
           "\"start_us\":%.1f,\"start_cpu_us\":%.1f}\n",
        times[invocations / 2], times[invocations * 99 / 100], invocations / elapsed * 1e6, cpu / invocations,
        usage.ru_maxrss / 1024.0, start_time, start_cpu);
    return 0;
}
