let state = null
let feed = null
let isScheduled = false
let changed = new Set()
// The days that were chosen; none of them is today and the day before, whatever day it is.
const chosen = { day: "", compare: "" }
// Fields of days that have been written into since they last gave a day or lost the focus.
const edited = new Set()

// What is drawn again when a member of the state has changed.
const drawings = {
  figures: drawSales, otherFigures: drawSales, day: drawSales, otherDay: drawSales, today: drawSales,
  minutes: drawCurve, orders: drawLast, functions: drawFunctions, logs: drawFunctions, premium: drawPremium,
  queues: drawQueues, shards: drawShards, alarms: drawAlarms, feeds: drawNotes, stack: drawStack,
}

// Once for each frame, whatever came meanwhile.
function draw(names) {
  for (const name of names) if (drawings[name]) changed.add(drawings[name])
  if (isScheduled) return
  isScheduled = true
  requestAnimationFrame(() => {
    isScheduled = false
    const drawn = changed
    changed = new Set()
    for (const drawing of drawn) drawing()
    document.documentElement.dataset.drawn = String(Number(document.documentElement.dataset.drawn ?? 0) + 1)
  })
}

function drawStack() {
  const stack = state.stack ?? {}
  const place = stack.place === "local" ? "local AWS" : `AWS ${stack.account ?? ""} ${stack.region ?? ""}`
  setText($("place"), `${stack.name ?? ""} · ${place}`)
  document.title = `Orders · ${stack.name ?? ""}`
}

// Lines that the functions do not log, in words, with the parameter that keeps them out; empty where they are logged.
function unlogged(kind) {
  const parameter = state.stack?.unlogged?.[kind]
  return parameter ? `not logged (${parameter})` : ""
}

const feedNames = { sales: "Figures", orders: "Last orders", functions: "Functions", queues: "Queues", shards: "Shards", alarms: "Alarms" }

// What cannot be read, and why: a page that shows old figures says so. One reason of several is said once.
function drawNotes() {
  const failed = new Map()
  for (const { key, state: how, reason } of entries(state.feeds)) {
    if (how === "failed") failed.set(reason, [...(failed.get(reason) ?? []), feedNames[key] ?? key])
  }
  const text = [...failed].map(([reason, names]) => `${names.join(", ")}: ${reason}`).join(" · ")
  setText($("notice"), text ? `Not up to date. ${text}` : "")
  toggle("notice", text !== "")
}

function show(name, text) {
  $("live").dataset.state = name
  setText($("live-text"), text)
}

function connect() {
  feed?.stop()
  const query = new URLSearchParams()
  for (const [name, day] of Object.entries(chosen)) if (day) query.set(name, day)
  $("today").hidden = !chosen.day && !chosen.compare
  if (location.hash.length < 2) {
    show("refused", "No token")
    setText($("notice"), "The address lacks its token: take the whole of it, from # on. scripts/local status prints it.")
    toggle("notice", true)
    return
  }
  feed = new Feed(query, {
    state(value) {
      state = value
      show("live", "Live")
      draw(Object.keys(drawings))
      searchAgain()
    },
    patch(value) {
      state = merged(state, value)
      draw(Object.keys(value))
      // Midnight, where today is shown.
      if (value.day) searchAgain()
    },
    lost() {
      show("lost", state ? "Connection lost, trying again" : "Not reachable, trying again")
      // Advice on a request that waited is not about one that failed.
      if (state) drawNotes()
      else toggle("notice", false)
    },
    unanswered() {
      show("lost", "No answer yet")
      const advice = "If more than five pages of this dashboard are open in this browser, close some: " +
        "it has six connections for all of them."
      setText($("notice"), `No answer for 5 seconds. ${advice}`)
      toggle("notice", true)
    },
    refused(reason) {
      show("refused", "Refused")
      setText($("notice"), reason)
      toggle("notice", true)
    },
  })
}

// --- The page's own switches ------------------------------------------------------------------------------------------

const themes = { auto: "◐ system", light: "○ light", dark: "● dark" }

function applyTheme(name) {
  if (name === "auto") delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = name
  setText($("theme-name"), themes[name])
}

function savedTheme() {
  try {
    const name = localStorage.getItem("orders-theme")
    return name in themes ? name : "auto"
  } catch {
    return "auto"
  }
}

let theme = savedTheme()
applyTheme(theme)
$("theme").addEventListener("click", () => {
  const names = Object.keys(themes)
  theme = names[(names.indexOf(theme) + 1) % names.length]
  applyTheme(theme)
  try {
    localStorage.setItem("orders-theme", theme)
  } catch {
    // It holds until the page is closed.
  }
})

// A fragment of its own would replace the token.
$("skip").addEventListener("click", event => {
  event.preventDefault()
  $("main").focus()
})
$("days").addEventListener("submit", event => event.preventDefault())
let turning
for (const id of ["day", "compare"]) {
  $(id).addEventListener("input", () => edited.add(id))
  $(id).addEventListener("blur", () => {
    edited.delete(id)
    if (state) draw(["day"])
  })
  $(id).addEventListener("change", () => {
    edited.delete(id)
    // A date that lacks a part is no day yet.
    if ($(id).validity.badInput) return
    chosen[id] = $(id).value
    // Arrow keys go through many days.
    clearTimeout(turning)
    turning = setTimeout(connect, 250)
  })
}
$("today").addEventListener("click", () => {
  clearTimeout(turning)
  edited.clear()
  chosen.day = chosen.compare = ""
  connect()
  $("day").value = state?.today ?? ""
  $("day").focus()
})
$("search").addEventListener("input", search)
for (const input of document.querySelectorAll("input[name=rank]")) {
  input.addEventListener("change", () => state && drawProducts())
}
addEventListener("hashchange", connect)

let hiding
function followVisibility() {
  clearTimeout(hiding)
  if (document.hidden) {
    hiding = setTimeout(() => {
      feed?.stop()
      feed = null
      show("lost", "Paused while hidden")
    }, hiddenPatience)
  } else if (!feed) connect()
}
document.addEventListener("visibilitychange", followVisibility)
// The curve moves on by the clock, too.
setInterval(() => state && draw(["minutes"]), 10000)
connect()
// A page that is opened in the background has no change of visibility.
if (document.hidden) followVisibility()
