// A stub of DynamoDB, S3, SNS and SQS on loopback: it reads each request to its end and answers at once that all went
// well, so that a benchmark measures the caller. One thread, one poll loop, no allocation per request.
//
// "stub CHAIN KEY" speaks TLS. It prints its port. "GET /count" answers with the number of requests since the last such one and their bytes.
#include <arpa/inet.h>
#include <errno.h>
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
#include <unistd.h>

enum { connections = 256, head_limit = 16384 };

struct connection {
    char head[head_limit + 1];
    size_t head_length;  // bytes collected of a head that is not complete
    size_t body_left;    // bytes of a body still to come
    int in_body;
    const char *answer;
    SSL *tls;  // NULL: plain
};

static struct pollfd sockets[connections + 1];
static struct connection *states[connections + 1];
static int count = 1;
static unsigned long requests, bytes;
static char counted[256];

#define XML(operation, result)                                                                                       \
    "<" operation "Response xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><" operation "Result>" result "</"    \
    operation "Result><ResponseMetadata><RequestId>d74b8436-ae13-5ab4-a9ff-ce54dfea72a0</RequestId>"                 \
    "</ResponseMetadata></" operation "Response>"

static const char *const json_answer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nx-amz-crc32: 2745614147\r\n"
    "x-amzn-RequestId: STUB\r\nContent-Length: 2\r\n\r\n{}";
static const char *const put_answer =
    "HTTP/1.1 200 OK\r\nETag: \"9bb58f26192e4ba00f01e2e7b136bbd8\"\r\nContent-Length: 0\r\n\r\n";
static char sns_answer[1024], sns_batch_answer[4096];

static void prepare(void) {
    const char *body = XML("Publish", "<MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId>");
    snprintf(sns_answer, sizeof sns_answer, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(body), body);
    body = XML("PublishBatch", "<Successful/><Failed/>");
    snprintf(sns_batch_answer, sizeof sns_batch_answer,
             "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
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

// Takes a complete head: chooses the answer and says how long the body is. -1: nothing this stub can serve.
static int take_head(int socket, struct connection *state) {
    const char *head = state->head, *length = header(head, "Content-Length");
    if (header(head, "Transfer-Encoding")) return -1;
    state->body_left = length ? strtoul(length, NULL, 10) : 0;
    if (!strncmp(head, "GET /count ", 11)) {
        char body[96];
        snprintf(body, sizeof body, "{\"requests\": %lu, \"bytes\": %lu}", requests, bytes);
        snprintf(counted, sizeof counted, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
        requests = bytes = 0;
        state->answer = counted;
        return 0;
    }
    requests++, bytes += state->body_left;
    if (header(head, "X-Amz-Target")) state->answer = json_answer;
    else if (!strncmp(head, "PUT ", 4)) state->answer = put_answer;
    else state->answer = sns_answer;
    const char *expectation = header(head, "Expect");
    return expectation ? send_all(socket, state->tls, "HTTP/1.1 100 Continue\r\n\r\n") : 0;
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
        size_t part = end - at < state->body_left ? end - at : state->body_left;
        // "Action=PublishBatch" begins a form that SNS answers in a shape of its own.
        if (state->answer == sns_answer && part && memmem(buffer + at, part, "Action=PublishBatch", 19))
            state->answer = sns_batch_answer;
        at += part, state->body_left -= part;
        if (state->body_left) break;
        state->in_body = 0;
        if (send_all(socket, state->tls, state->answer) < 0) return -1;
    }
    // What TLS has decrypted already makes no socket readable.
    return state->tls && SSL_pending(state->tls) ? serve(socket, state) : 0;
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
    prepare();
    if (argc == 3) {
        context = SSL_CTX_new(TLS_server_method());
        if (!context || SSL_CTX_use_certificate_chain_file(context, argv[1]) != 1 ||
            SSL_CTX_use_PrivateKey_file(context, argv[2], SSL_FILETYPE_PEM) != 1) {
            fprintf(stderr, "stub: %s and %s are no certificates and their key\n", argv[1], argv[2]);
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
        if (poll(sockets, (nfds_t)count, -1) < 0) continue;
        for (int index = count - 1; index > 0; index--) {
            if (!sockets[index].revents || serve(sockets[index].fd, states[index]) == 0) continue;
            SSL_free(states[index]->tls);
            close(sockets[index].fd);
            free(states[index]);
            sockets[index] = sockets[--count];
            states[index] = states[count];
        }
        if (sockets[0].revents) take_connection(listener);
    }
}
