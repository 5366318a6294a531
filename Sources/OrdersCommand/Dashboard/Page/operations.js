const skips = {
  eventName: "not shipped yet", noNewImage: "removed", noStatus: "no status", status: "by its status",
  noTransition: "was not pending", noAmount: "no amount", amount: "amount too small", testAddress: "test customer",
}
// Rows that one screen has room for.
const lastShown = 14

function drawLast() {
  const orders = entries(state.orders).sort((a, b) => Number(b.number) - Number(a.number)).slice(0, lastShown)
  showEmpty("last-empty", orders.length === 0, state.orders, "No order has changed since this was started.")
  const isDrawn = $("last").childElementCount > 0
  keyed($("last"), orders, () => {
    const row = cells(element("tr", isDrawn ? "new" : ""), ["", "number", "way-cell", "time"])
    const way = element("div", "way")
    for (let index = 0; index < 3; index += 1) way.append(element("span", "step"))
    row.children[2].append(way)
    return row
  }, (row, order) => {
    const [id, amount, way, changed] = row.children
    setText(id, spelled(order.key))
    setExact(amount, order.amount, order.amount ? money(order.amount, order.currency) : "–")
    const [stored, normal, premium] = way.firstChild.children
    step(stored, "done", order.status ? `stored, ${order.status}` : "stored")
    drawProcessing(normal, "normal", order.normal, "processed")
    drawProcessing(premium, "premium", premiumWay(order), "notified")
    setText(changed, time(order.at))
  })
}

// An order whose first message says shipped was not pending before: no notification of it is still to come.
function premiumWay({ premium, status }) {
  const isTooLate = premium.reason === "eventName" && /^shipped$/i.test(status)
  return isTooLate ? { ...premium, reason: "noTransition" } : premium
}

function step(node, name, text) {
  const className = `step ${name}`
  if (node.className !== className) node.className = className
  setText(node, text)
}

// The end of what a function takes is known by its log line alone.
function drawProcessing(node, name, processing, done) {
  const silence = processing.state === "expected" ? unlogged("orders") : ""
  if (silence) step(node, "unlogged", `${name}: ${silence}`)
  else step(node, processing.state, wording(name, processing, done))
}

function wording(name, { state: how, reason }, done) {
  if (how === "done") return `${name}: ${done}`
  if (how === "expected") return `${name}: on its way`
  if (how === "refused") return `${name}: dead letter`
  return `${name}: no, ${skips[reason] ?? reason}`
}

// What each function calls the records that came to a good end.
const endings = ["counted", "written", "processed", "archived", "accepted"]

function drawFunctions() {
  const items = entries(state.functions).sort((a, b) => compare(a.key, b.key))
  const silence = unlogged("batches")
  toggle("functions-behind", state.logs?.state === "behind")
  toggle("functions-unlogged", silence !== "")
  setText($("functions-unlogged"), silence ? ` · ${silence}` : "")
  showEmpty("functions-empty", items.length === 0, state.functions, "The stack has no function.")
  keyed($("functions"), items, () => cells(element("tr"), ["", ...Array(8).fill("number")]), (row, item) => {
    const done = endings.find(name => item[name] !== undefined)
    const numbers = [
      item.batches, item.read, item[done], item.duplicates ?? item.unchanged, item.skipped,
      item.refused, item.dead_lettered, item.failed,
    ]
    setText(row.children[0], item.key)
    numbers.forEach((number, index) => {
      const cell = row.children[index + 1]
      setExact(cell, number, number === undefined ? "–" : count(number))
      const isLoud = index >= 5 && big(number) > 0n
      cell.className = isLoud ? "number loud" : big(number) === 0n ? "number zero" : "number"
    })
  })
}

function listRow() {
  const row = element("li")
  row.append(element("span", "name"), element("span", "value"), element("span", "note"))
  return row
}

function fill(row, name, value, note, badge) {
  setText(row.children[0], name)
  setText(row.children[1], value)
  const className = badge ? `value badge ${badge}` : "value"
  if (row.children[1].className !== className) row.children[1].className = className
  setText(row.children[2], note)
  row.children[2].hidden = !note
}

function drawQueues() {
  const queues = entries(state.queues).map(queue => ({ ...queue, isDead: /DLQ$/.test(queue.key) }))
  queues.sort((a, b) => Number(a.isDead) - Number(b.isDead) || compare(a.key, b.key))
  const dead = queues.filter(queue => queue.isDead).reduce((sum, queue) => sum + big(queue.waiting) + big(queue.inFlight), 0n)
  showEmpty("queues-empty", queues.length === 0, state.queues, "The stack has no queue.")
  setText($("queues-hint"), queues.length === 0 ? "" : dead > 0n ? counting(dead, "dead letter") : "no dead letters")
  keyed($("queues"), queues, listRow, (row, queue) => {
    const isLoud = queue.isDead && big(queue.waiting) + big(queue.inFlight) > 0n
    const notes = []
    if (big(queue.inFlight) > 0n) notes.push(`${count(queue.inFlight)} being handled`)
    if (big(queue.delayed) > 0n) notes.push(`${count(queue.delayed)} delayed`)
    fill(row, queue.key, count(queue.waiting), notes.join(", "), isLoud ? "bad" : queue.isDead ? "good" : "")
    row.children[1].dataset.exact = queue.waiting
  })
}

function drawShards() {
  const shards = entries(state.shards).sort((a, b) => Number(b.behindSeconds) - Number(a.behindSeconds) || compare(a.key, b.key))
  showEmpty("shards-empty", shards.length === 0, state.shards, "No shard has been read yet.")
  keyed($("shards"), shards, listRow, (row, shard) => {
    const seconds = Number(shard.behindSeconds)
    const isBehind = shard.state === "behind" && seconds > 0
    // Nothing was found that waits, in a shard whose last record is so old that its end is far away.
    const isUnread = shard.state === "unread"
    const value = isBehind ? `${integers.format(seconds)} s` : isUnread ? "end not reached yet" : "up to date"
    const badge = isUnread ? "" : !isBehind ? "good" : seconds > 300 ? "bad" : "warn"
    fill(row, shard.shard || "all shards", value, shard.function, badge)
  })
}

const alarmStates = { ALARM: ["in alarm", "bad"], OK: ["well", "good"], INSUFFICIENT_DATA: ["no data", ""] }

function drawAlarms() {
  const alarms = entries(state.alarms).sort((a, b) => compare(a.key, b.key))
  const raised = alarms.filter(alarm => alarm.state === "ALARM")
  const quiet = alarms.filter(alarm => alarm.state === "INSUFFICIENT_DATA").length
  setText($("alarms-hint"), alarms.length ? counting(alarms.length, "alarm") : "")
  showEmpty("alarms-empty", alarms.length === 0, state.alarms, "No alarm was found.")
  const rows = raised.length || !alarms.length ? raised : [{ key: "none", description: "None is raised.", state: "OK" }]
  const update = (row, alarm) => {
    const [value, badge] = alarmStates[alarm.state] ?? [alarm.state, ""]
    if (alarm.key === "none") {
      const note = quiet ? `${counting(quiet, "alarm")} without data to judge by` : ""
      return fill(row, alarm.description, "all quiet", note, "good")
    }
    return fill(row, alarm.description || alarm.key, value, alarm.reason || alarm.key, badge)
  }
  keyed($("alarms"), rows, listRow, update)
  keyed($("alarms-all"), alarms, listRow, update)
}

function drawPremium() {
  const notifications = entries(state.premium).sort((a, b) => compare(b.at, a.at) || compare(a.key, b.key))
  const total = state.functions?.PremiumOrdersProcessor?.notified
  const silence = unlogged("orders")
  // Those from before the stack was deployed without their lines are not all of today's.
  showEmpty("premium-empty", silence !== "" || notifications.length === 0, silence || state.premium,
    silence ? `${silence[0].toUpperCase()}${silence.slice(1)}.` : "None today.")
  setText($("premium-hint"), total && !silence ? `${count(total)} today` : "")
  $("premium-hint").dataset.exact = total ?? "0"
  keyed($("premium"), notifications.slice(0, 8), listRow, (row, item) => {
    fill(row, item.order, item.amount ? money(item.amount, item.currency) : "", time(item.at), "")
  })
}
