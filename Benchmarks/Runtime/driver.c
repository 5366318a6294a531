// A Runtime API on loopback that starts a bootstrap, sends it events as fast as it answers, and prints one line of
// JSON: what the bootstrap took. Usage: driver [OPTION...] COMMAND [ARGUMENT...]
//
// --event FILE          the event; its answer must name no item as failed
// --echo                its answer must be the event itself
// --invocations N       0: only the start is measured
// --warmup N            invocations before those that are measured
// --dropped             the command's file is dropped from the page cache before it starts
// --resident-after N    also the resident memory after N invocations and after the last
// --log FILE            where the bootstrap's standard error goes
// --name NAME           says after every tenth of the invocations how far it is
#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
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

// Microseconds of CPU that the process has used, by its CPU clock: /proc/PID/task leaves out threads that have ended.
static double cpu_of(pid_t pid) {
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &time)) fail("the kernel does not say what CPU it took");
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

// Resident memory in MB, counted page by page: what "status" and "statm" say is off by some pages per thread.
static double resident(pid_t pid) {
    char path[64], line[256];
    unsigned long kilobytes = 0;
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Rss: %lu kB", &kilobytes) == 1) break;
    if (file) fclose(file);
    if (!kilobytes) fail("the kernel does not say what is resident");
    return kilobytes / 1024.0;
}

// A minute from now, as Lambda writes it.
static long long deadline(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (time.tv_sec + 60) * 1000LL;
}

static char *event_of(const char *path, size_t *size) {
    FILE *file = fopen(path, "r");
    if (!file) fail("cannot open the event");
    char *event = malloc(sizeof buffer);
    *size = fread(event, 1, sizeof buffer, file);
    fclose(file);
    return event;
}

int main(int count, char **arguments) {
    static const struct option names[] = {
        {"event", 1, 0, 'e'},   {"echo", 0, 0, 'E'},           {"invocations", 1, 0, 'i'}, {"warmup", 1, 0, 'w'},
        {"dropped", 0, 0, 'd'}, {"resident-after", 1, 0, 'r'}, {"log", 1, 0, 'l'},         {"name", 1, 0, 'n'},
        {0}};
    size_t size = 0;
    int invocations = 0, warmup = 0, is_dropped = 0, is_echo = 0, early = 0, option;
    const char *file_name = NULL, *log = NULL, *name = NULL;
    // "+": the options end where the command begins.
    while ((option = getopt_long(count, arguments, "+", names, NULL)) != -1) switch (option) {
        case 'e': file_name = optarg; break;
        case 'E': is_echo = 1; break;
        case 'i': invocations = atoi(optarg); break;
        case 'w': warmup = atoi(optarg); break;
        case 'd': is_dropped = 1; break;
        case 'r': early = atoi(optarg); break;
        case 'l': log = optarg; break;
        case 'n': name = optarg; break;
        default: return 2;
        }
    if (optind == count) fail("usage: driver [OPTION...] COMMAND [ARGUMENT...]");
    char **command = arguments + optind;
    if (invocations && !file_name) fail("invocations need an --event");
    char *event = file_name ? event_of(file_name, &size) : NULL;
    if (is_dropped) {
        int file = open(command[0], O_RDONLY);
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
        int file = log ? open(log, O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;
        if (file >= 0) dup2(file, STDERR_FILENO);
        execvp(command[0], command);
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

    double *times = malloc(sizeof(double) * (invocations + 1));
    double first_cpu = 0, first_time = 0, early_mb = 0, late_mb = 0;
    for (int index = -warmup; index < invocations; index++) {
        if (index == 0) {
            first_cpu = cpu_of(child);
            first_time = now();
        }
        // What stands still for two minutes is over, however long the whole takes.
        if (index % 1024 == 0) alarm(120);
        char head[512];
        int head_length = snprintf(head, sizeof head,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-%012d\r\n"
            "Lambda-Runtime-Deadline-Ms: %lld\r\n"
            "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:probe\r\n"
            "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n"
            "Date: Thu, 21 Nov 2024 03:00:00 GMT\r\nContent-Length: %zu\r\n\r\n",
            index < 0 ? 0 : index, deadline(), size);
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
        if (!strstr(buffer, "/response")) fail("the bootstrap reported an error");
        const char *answer = buffer + strlen(buffer) + 4;
        size_t answered = buffer + have - answer;
        if (is_echo && (answered != size || memcmp(answer, event, size))) fail("an event was not answered with itself");
        if (!is_echo && memmem(answer, answered, "\"itemIdentifier\"", 16)) fail("the bootstrap reported failed items");
        const char *accepted =
            "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";
        send(fd, accepted, strlen(accepted), 0);
        if (!receive(fd)) fail("the bootstrap closed its connection");
        if (index >= 0) times[index] = now() - sent;
        if (early && index + 1 == early) early_mb = resident(child);
        if (name && invocations >= 10 && index >= 0 && (index + 1) % (invocations / 10) == 0)
            fprintf(stderr, "  %s: %d of %d\n", name, index + 1, invocations);
    }
    if (early) late_mb = resident(child);
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
           "\"early_mb\":%.3f,\"late_mb\":%.3f,\"start_us\":%.1f,\"start_cpu_us\":%.1f}\n",
        times[invocations / 2], times[invocations * 99 / 100], invocations / elapsed * 1e6, cpu / invocations,
        usage.ru_maxrss / 1024.0, early_mb, late_mb, start_time, start_cpu);
    return 0;
}
