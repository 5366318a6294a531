// A stub of DynamoDB, S3, SNS and SQS on loopback: it reads each request to its end and answers at once that all went
// well, so that a benchmark measures the caller. One thread, one poll loop, no allocation per request.
//
// It prints its port. "GET /count" answers with the number of requests since the last such one and their bytes.
// --certificate FILE --key FILE    it speaks TLS, with a chain of certificates, its own first
// --record FILE                    writes each request there: its operation, its body's length, on the next line the body
// --delay MILLISECONDS             every answer comes that much later, as a service's does
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { connections = 256, head_limit = 16384, operation_limit = 128 };

struct connection {
    char head[head_limit + 1];
    size_t head_length;  // bytes collected of a head that is not complete
    size_t body_left;    // bytes of a body still to come
    int in_body;
    enum { whole, chunk_sizes, chunk_trailers } framing;  // of the body; whole: Content-Length says its end
    char line[32];  // collected of a chunk's size or of a trailer
    size_t line_length;
    const char *answer;
    SSL *tls;  // NULL: plain
    double due;  // when the answer that waits is to be sent; 0: none waits
    char operation[operation_limit];  // of what is recorded: "X-Amz-Target", or the method
    char *body;  // as much as has come of a body that is recorded
    size_t body_length;
    unsigned statements;  // of a BatchExecuteStatement, seen so far
    size_t matched;  // bytes of "Statement": that the part of the body before this one ended with
};

static struct pollfd sockets[connections + 1];
static struct connection *states[connections + 1];
static int count = 1;
static unsigned long requests, bytes;
static char counted[256];
static double delay;  // seconds
static FILE *record;

#define XML(operation, result)                                                                                       \
    "<" operation "Response xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><" operation "Result>" result "</"    \
    operation "Result><ResponseMetadata><RequestId>d74b8436-ae13-5ab4-a9ff-ce54dfea72a0</RequestId>"                 \
    "</ResponseMetadata></" operation "Response>"

static const char *const json_answer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nx-amz-crc32: 2745614147\r\n"
    "x-amzn-RequestId: STUB\r\nContent-Length: 2\r\n\r\n{}";
static const char *const put_answer =
    "HTTP/1.1 200 OK\r\nETag: \"9bb58f26192e4ba00f01e2e7b136bbd8\"\r\nContent-Length: 0\r\n\r\n";
static char sns_answer[1024], sns_batch_answer[4096], kinesis_answer[512];
// By how many statements a request has.
enum { statements_limit = 25 };
static char statements_answers[statements_limit + 1][1024];

static void prepare(void) {
    // One record is put at a time.
    const char *stored =
        "{\"FailedRecordCount\":0,\"Records\":[{\"ShardId\":\"shardId-000000000006\",\"SequenceNumber\":"
        "\"49545115243490985018280067714973144582180062593244200961\"}]}";
    snprintf(kinesis_answer, sizeof kinesis_answer,
             "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(stored), stored);
    const char *body = XML("Publish", "<MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId>");
    snprintf(sns_answer, sizeof sns_answer, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(body), body);
    // All ten are taken, whatever a request has: entries are told apart by "0" to "9" on both sides.
#define TAKEN(id) "<member><Id>" id "</Id><MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId></member>"
    body = XML("PublishBatch", "<Failed/><Successful>" TAKEN("0") TAKEN("1") TAKEN("2") TAKEN("3") TAKEN("4") TAKEN("5")
                                   TAKEN("6") TAKEN("7") TAKEN("8") TAKEN("9") "</Successful>");
    snprintf(sns_batch_answer, sizeof sns_batch_answer,
             "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
    for (unsigned statements = 0; statements <= statements_limit; statements++) {
        char responses[900] = "{\"Responses\":[";
        for (unsigned each = 0; each < statements; each++)
            strcat(responses, each ? ",{\"TableName\":\"a-table\"}" : "{\"TableName\":\"a-table\"}");
        strcat(responses, "]}");
        snprintf(statements_answers[statements], sizeof statements_answers[statements],
                 "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %zu\r\n\r\n%s",
                 strlen(responses), responses);
    }
}

// Counts statements in the next part of a request's body, which may end in the middle of one.
static void count_statements(struct connection *state, const char *part, size_t length) {
    static const char name[] = "\"Statement\":";
    for (size_t at = 0; at < length; at++) {
        if (part[at] != name[state->matched]) state->matched = 0;
        if (part[at] != name[state->matched]) continue;
        if (++state->matched < sizeof name - 1) continue;
        state->matched = 0;
        if (state->statements < statements_limit) state->statements++;
    }
    state->answer = statements_answers[state->statements];
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static const char *header(const char *head, const char *name) {
    size_t length = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line && line[2] != '\r'; line = strstr(line + 2, "\r\n"))
        if (!strncasecmp(line + 2, name, length) && line[2 + length] == ':') return line + 2 + length + 1;
    return NULL;
}

static int send_all(int socket, SSL *tls, const char *text) {
    size_t left = strlen(text);
    while (left) {
        ssize_t sent = tls ? SSL_write(tls, text, (int)left) : send(socket, text, left, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return -1;
        text += sent, left -= (size_t)sent;
    }
    return 0;
}

// Remembers what a request asks for and makes room for its body.
static void begin_recording(struct connection *state) {
    const char *target = header(state->head, "X-Amz-Target"), *what = target ? target + strspn(target, " ") : state->head;
    snprintf(state->operation, sizeof state->operation, "%.*s", (int)strcspn(what, " \r"), what);
    state->body = realloc(state->body, state->body_left + 1);
    state->body_length = 0;
}

static void end_recording(struct connection *state) {
    fprintf(record, "%s %zu\n", state->operation, state->body_length);
    fwrite(state->body, 1, state->body_length, record);
    fputc('\n', record);
    fflush(record);
}

// Takes a complete head: chooses the answer and says how long the body is. -1: nothing this stub can serve.
static int take_head(int socket, struct connection *state) {
    const char *head = state->head, *length = header(head, "Content-Length");
    state->body_left = length ? strtoul(length, NULL, 10) : 0;
    state->framing = whole;
    if (header(head, "Transfer-Encoding")) {
        // boto3's uploads to S3 over TLS, with a checksum as a trailer; only what is plain is recorded.
        if (record) return -1;
        state->framing = chunk_sizes;
        state->body_left = 0;
    }
    if (!strncmp(head, "GET /count ", 11)) {
        char body[96];
        snprintf(body, sizeof body, "{\"requests\": %lu, \"bytes\": %lu}", requests, bytes);
        snprintf(counted, sizeof counted, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
        requests = bytes = 0;
        state->answer = counted;
        return 0;
    }
    requests++, bytes += state->body_left;
    state->statements = 0, state->matched = 0;
    if (record) begin_recording(state);
    const char *target = header(head, "X-Amz-Target");
    if (target && strstr(target, "Kinesis_20131202.PutRecords\r")) state->answer = kinesis_answer;
    else if (target && strstr(target, ".BatchExecuteStatement\r")) state->answer = statements_answers[0];
    else if (target) state->answer = json_answer;
    else if (!strncmp(head, "PUT ", 4)) state->answer = put_answer;
    else state->answer = sns_answer;
    const char *expectation = header(head, "Expect");
    return expectation ? send_all(socket, state->tls, "HTTP/1.1 100 Continue\r\n\r\n") : 0;
}

// Takes bytes of a chunked body; gives how many. The body is over when its framing is whole again.
static size_t take_chunks(struct connection *state, const char *part, size_t length) {
    size_t at = 0;
    while (at < length && state->framing != whole) {
        if (state->body_left) {
            size_t data = length - at < state->body_left ? length - at : state->body_left;
            at += data, state->body_left -= data;
            continue;
        }
        char byte = part[at++];
        if (byte != '\n') {
            if (state->line_length < sizeof state->line - 1) state->line[state->line_length++] = byte;
            continue;
        }
        state->line[state->line_length] = 0;
        state->line_length = 0;
        if (state->framing == chunk_sizes) {
            size_t size = strtoul(state->line, NULL, 16);
            // Behind its data stands a line's end.
            if (size) state->body_left = size + 2;
            else state->framing = chunk_trailers;
        } else if (state->line[0] == '\r') {
            state->framing = whole;
        }
    }
    return at;
}

// Reads what has come and answers what is complete. -1: the connection is over.
static int serve(int socket, struct connection *state) {
    static char buffer[1 << 18];
    ssize_t received =
        state->tls ? SSL_read(state->tls, buffer, sizeof buffer) : recv(socket, buffer, sizeof buffer, 0);
    if (received < 0 && (errno == EINTR || errno == EAGAIN)) return 0;
    if (received <= 0) return -1;
    for (size_t at = 0, end = (size_t)received; at < end || (state->in_body && !state->body_left);) {
        if (!state->in_body) {
            while (at < end && state->head_length < head_limit) {
                state->head[state->head_length++] = buffer[at++];
                if (state->head_length >= 4 && !memcmp(state->head + state->head_length - 4, "\r\n\r\n", 4)) {
                    state->head[state->head_length] = 0;
                    state->head_length = 0;
                    state->in_body = 1;
                    if (take_head(socket, state) < 0) return -1;
                    break;
                }
            }
            if (!state->in_body && state->head_length == head_limit) return -1;
            if (!state->in_body) break;
        }
        if (state->framing != whole) {
            at += take_chunks(state, buffer + at, end - at);
            if (state->framing != whole) break;
        }
        size_t part = end - at < state->body_left ? end - at : state->body_left;
        // "Action=PublishBatch" begins a form that SNS answers in a shape of its own.
        if (state->answer == sns_answer && part && memmem(buffer + at, part, "Action=PublishBatch", 19))
            state->answer = sns_batch_answer;
        if (state->answer == statements_answers[state->statements]) count_statements(state, buffer + at, part);
        if (record && state->answer != counted && part) {
            memcpy(state->body + state->body_length, buffer + at, part);
            state->body_length += part;
        }
        at += part, state->body_left -= part;
        if (state->body_left) break;
        state->in_body = 0;
        if (record && state->answer != counted) end_recording(state);
        if (delay > 0 && state->answer != counted) {
            // Nobody here sends a request before the last one is answered.
            state->due = now() + delay;
            return at == end ? 0 : -1;
        }
        if (send_all(socket, state->tls, state->answer) < 0) return -1;
    }
    // What TLS has decrypted already makes no socket readable.
    return state->tls && SSL_pending(state->tls) ? serve(socket, state) : 0;
}

// Sends what is due; gives the seconds until the next answer is, or a negative number.
static double answer_due(void) {
    double time = now(), next = -1;
    for (int index = 1; index < count; index++) {
        struct connection *state = states[index];
        if (state->due > 0 && state->due <= time) {
            state->due = 0;
            // A connection that is gone shows at the next poll.
            send_all(sockets[index].fd, state->tls, state->answer);
        }
        if (state->due > 0 && (next < 0 || state->due - time < next)) next = state->due - time;
    }
    return next;
}

static SSL_CTX *context;

static void take_connection(int listener) {
    int socket = accept(listener, NULL, NULL), on = 1;
    if (socket < 0) return;
    if (count > connections) {
        close(socket);
        return;
    }
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL *tls = context ? SSL_new(context) : NULL;
    if (tls && (!SSL_set_fd(tls, socket) || SSL_accept(tls) != 1)) {
        SSL_free(tls);
        close(socket);
        return;
    }
    sockets[count] = (struct pollfd){.fd = socket, .events = POLLIN};
    states[count] = calloc(1, sizeof(struct connection));
    states[count++]->tls = tls;
}

int main(int argc, char **argv) {
    // It ends with whoever started it.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    // A function that ends meanwhile takes its connection with it, and not the stub.
    signal(SIGPIPE, SIG_IGN);
    prepare();
    static const struct option names[] = {
        {"certificate", 1, 0, 'c'}, {"key", 1, 0, 'k'}, {"record", 1, 0, 'r'}, {"delay", 1, 0, 'd'}, {0}};
    const char *certificate = NULL, *key = NULL;
    int option;
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) switch (option) {
        case 'c': certificate = optarg; break;
        case 'k': key = optarg; break;
        case 'd': delay = atof(optarg) / 1e3; break;
        case 'r':
            record = fopen(optarg, "w");
            if (record) break;
            perror(optarg);
            return 1;
        default: return 2;
        }
    if (certificate) {
        context = SSL_CTX_new(TLS_server_method());
        if (!context || !key || SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
            SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
            fprintf(stderr, "stub: %s and %s are no certificates and their key\n", certificate, key ? key : "nothing");
            return 1;
        }
    }
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 128) ||
        getsockname(listener, (struct sockaddr *)&address, &length)) {
        perror("stub");
        return 1;
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    sockets[0] = (struct pollfd){.fd = listener, .events = POLLIN};
    for (;;) {
        double wait = delay > 0 ? answer_due() : -1;
        struct timespec timeout = {.tv_sec = (time_t)wait, .tv_nsec = (long)((wait - (time_t)wait) * 1e9)};
        if (ppoll(sockets, (nfds_t)count, wait < 0 ? NULL : &timeout, NULL) < 0) continue;
        for (int index = count - 1; index > 0; index--) {
            if (!sockets[index].revents || serve(sockets[index].fd, states[index]) == 0) continue;
            SSL_free(states[index]->tls);
            close(sockets[index].fd);
            free(states[index]->body);
            free(states[index]);
            sockets[index] = sockets[--count];
            states[index] = states[count];
        }
        if (sockets[0].revents) take_connection(listener);
    }
}
