// Package lambda is the least Runtime API client that keeps up with a stream of events: one connection, one buffer for
// events, one write for each answer, one for the lines that an invocation logs.
package lambda

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
)

// Handler answers one event. The event's bytes are good until it returns.
type Handler func(ctx context.Context, event []byte) ([]byte, error)

const path = "/2018-06-01/runtime/invocation/"

type client struct {
	connection net.Conn
	reader     *bufio.Reader
	address    string
	request    []byte
	event      []byte
	id         []byte
}

// Run serves invocations for as long as the process lives.
func Run(handle Handler) {
	c := &client{address: os.Getenv("AWS_LAMBDA_RUNTIME_API")}
	connection, err := net.Dial("tcp", c.address)
	if err != nil {
		fatal(err)
	}
	c.connection, c.reader = connection, bufio.NewReaderSize(connection, 64<<10)
	next := []byte("GET " + path + "next HTTP/1.1\r\nHost: " + c.address + "\r\n\r\n")
	for {
		if _, err := c.connection.Write(next); err != nil {
			fatal(err)
		}
		if err := c.read(); err != nil {
			fatal(err)
		}
		answer, err := handle(context.Background(), c.event)
		kind := "/response"
		if err != nil {
			kind = "/error"
			answer = fmt.Appendf(nil, `{"errorType":"HandlerError","errorMessage":%q}`, err.Error())
		}
		flush()
		if err := c.post(kind, answer); err != nil {
			fatal(err)
		}
	}
}

func (c *client) post(kind string, answer []byte) error {
	c.request = append(c.request[:0], "POST "+path...)
	c.request = append(c.request, c.id...)
	c.request = append(c.request, kind+" HTTP/1.1\r\nHost: "+c.address+"\r\nContent-Length: "...)
	c.request = strconv.AppendInt(c.request, int64(len(answer)), 10)
	c.request = append(c.request, "\r\n\r\n"...)
	buffers := net.Buffers{c.request, answer}
	if _, err := buffers.WriteTo(c.connection); err != nil {
		return err
	}
	return c.read()
}

var (
	lengthField = []byte("content-length")
	idField     = []byte("lambda-runtime-aws-request-id")
)

// read takes a response: its body is the event, and its id that of the invocation, where it has one.
func (c *client) read() error {
	length := 0
	for isStatus := true; ; isStatus = false {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if isStatus {
			if len(line) < 12 || line[9] != '2' {
				return fmt.Errorf("the Runtime API said %q", line)
			}
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, lengthField):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return err
			}
		case bytes.EqualFold(name, idField):
			c.id = append(c.id[:0], value...)
		}
	}
	if cap(c.event) < length {
		c.event = make([]byte, length)
	}
	c.event = c.event[:length]
	_, err := io.ReadFull(c.reader, c.event)
	return err
}

var lines []byte

// Log adds a line to what goes out before the answer.
func Log(line []byte) {
	lines = append(append(lines, line...), '\n')
}

func flush() {
	if len(lines) > 0 {
		os.Stderr.Write(lines)
		lines = lines[:0]
	}
}

func fatal(err error) {
	flush()
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
