// What the server sends: first everything, then JSON merge patches (RFC 7396) of what has changed.
function merged(target, patch) {
  if (patch === null || typeof patch !== "object") return patch
  const result = target !== null && typeof target === "object" ? target : Object.create(null)
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) delete result[name]
    else result[name] = merged(result[name], change)
  }
  return result
}

// Nothing is heard for so long, though the server sends something every 2 s: the connection is dead.
const patience = 15000
// So long without a first event, which the server sends at once: the browser may be holding the request back. It has six
// connections to a server at most, each page's events keep one, and nothing tells a page that it waits for one.
const firstPatience = 5000
// A page that nobody sees is not fed: on AWS each poll has a price.
const hiddenPatience = 60000
const retries = [300, 600, 1200, 2500, 5000]

// Server-sent events by fetch, since EventSource sends no Authorization header.
class Feed {
  constructor(query, handlers) {
    this.query = query
    this.handlers = handlers
    this.failures = 0
    this.stopped = false
    this.unanswered = false
    this.run()
  }

  stop() {
    this.stopped = true
    this.abort?.abort()
  }

  async run() {
    while (!this.stopped) {
      try {
        await this.read()
      } catch (error) {
        if (this.stopped) return
        if (error instanceof Refusal) this.handlers.refused(error.message)
        else if (!this.unanswered) this.handlers.lost()
      }
      if (this.stopped) return
      const wait = retries[Math.min(this.failures, retries.length - 1)]
      this.failures += 1
      await new Promise(done => setTimeout(done, wait))
    }
  }

  async read() {
    this.abort = new AbortController()
    this.unanswered = false
    this.waiting = setTimeout(() => {
      this.unanswered = true
      this.handlers.unanswered()
    }, firstPatience)
    let watchdog
    const heard = () => {
      clearTimeout(watchdog)
      watchdog = setTimeout(() => this.abort.abort(), patience)
    }
    heard()
    try {
      const response = await ask(`/events?${this.query}`, this.abort.signal)
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
      let text = ""
      for (;;) {
        const { value, done } = await reader.read()
        if (done) throw new Error("the stream has ended")
        heard()
        text += value
        const events = text.split("\n\n")
        text = events.pop()
        for (const event of events) this.take(event)
      }
    } finally {
      clearTimeout(watchdog)
      clearTimeout(this.waiting)
    }
  }

  take(event) {
    let name = "message", data = ""
    for (const line of event.split("\n")) {
      if (line.startsWith("event: ")) name = line.slice(7)
      if (line.startsWith("data: ")) data += line.slice(6)
    }
    if (!data) return
    this.failures = 0
    this.unanswered = false
    clearTimeout(this.waiting)
    if (name === "state") this.handlers.state(merged(null, JSON.parse(data)))
    if (name === "patch") this.handlers.patch(JSON.parse(data))
  }
}

// The server answered, and will not serve this page.
class Refusal extends Error {}

// The token stays in the fragment, which no request carries; each request has it in a header, which no other page can send.
async function ask(path, signal) {
  const headers = { Authorization: `Bearer ${location.hash.slice(1)}` }
  const response = await fetch(path, { headers, signal, mode: "same-origin", cache: "no-store", credentials: "omit" })
  if (!response.ok) throw new Refusal((await response.text()).trim().slice(0, 300))
  return response
}
