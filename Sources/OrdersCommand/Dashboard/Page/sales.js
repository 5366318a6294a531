function drawSales() {
  const figures = state.figures ?? {}, other = state.otherFigures ?? {}
  const isToday = state.day === state.today
  const name = isToday ? "today" : `on ${day(state.day)}`
  showDay("day", state.day)
  showDay("compare", state.otherDay)
  setText($("orders-title"), `Orders ${name}`)
  setText($("revenue-title"), `Gross revenue ${name}`)
  const orders = figures.orders ?? {}
  setExact($("orders-total"), orders.total, count(orders.total))
  setExact($("orders-accepted"), orders.accepted, count(orders.accepted))
  setExact($("orders-refused"), orders.refused, count(orders.refused))
  setExact($("product-count"), figures.productCount, count(figures.productCount))
  const damaged = big(figures.damagedRows)
  toggle("damaged", damaged > 0n)
  setText($("damaged"), `${counting(damaged, "row")} of this day cannot be read: the sums are too small. `
    + `scripts/orders report --day ${state.day} names what is left out.`)
  setText($("orders-against"), figures.orders && other.orders
    ? against(count(other.orders.total), orders.total, other.orders.total) : "Reading…")
  drawRevenue(figures, other)
  drawProducts()
}

// A field has the day that was chosen, else the one that the server took; never while somebody is writing into it.
function showDay(id, taken) {
  const input = $(id)
  // With one part of the date deleted the field is bad input and has no value.
  const isWritten = edited.has(id) || (document.activeElement === input && input.validity.badInput)
  const shown = chosen[id] || taken
  if (!isWritten && input.value !== shown) input.value = shown
}

// "62 % of 1,234 on 27 Aug": of the other day as a whole, which may be longer than today is yet.
function against(shown, text, otherText) {
  const thousandths = share(text, otherText)
  const when = isYesterday() ? "yesterday" : day(state.otherDay)
  if (thousandths === null) return `nothing ${isYesterday() ? when : `on ${when}`}`
  return `${percents.format(thousandths / 1000)} of ${shown} ${isYesterday() ? when : `on ${when}`}`
}

function isYesterday() {
  return state.day === state.today && Date.parse(state.day) - Date.parse(state.otherDay) === 86400000
}

function drawRevenue(figures, otherFigures) {
  const revenue = figures.revenue ?? {}, other = otherFigures.revenue ?? {}
  const items = entries(revenue)
  for (const { key } of figures.orders ? entries(other) : []) {
    if (!revenue[key]) items.push({ key, value: "0", orders: "0" })
  }
  // The currency of most orders first: amounts of different currencies cannot be compared.
  items.sort((a, b) => compare(big(b.orders), big(a.orders)) || compare(a.key, b.key))
  showEmpty("revenue-empty", items.length === 0, figures.orders, "Nothing yet.")
  keyed($("revenue"), items, () => {
    const row = element("li")
    const meter = element("span", "meter")
    meter.append(element("i"))
    row.append(element("span", "amount"), element("span", "against"), element("span", "count"), meter)
    return row
  }, (row, item) => {
    const [amount, note, orders, meter] = row.children
    setExact(amount, item.value, money(item.value, item.key))
    const before = other[item.key]?.value
    setText(note, before ? against(money(before, item.key), item.value, before)
      : otherFigures.orders ? `no ${item.key} before` : "Reading…")
    setExact(orders, item.orders, `${count(item.orders)} × ${item.key}`)
    const part = share(item.value, before)
    meter.hidden = part === null
    meter.firstChild.style.setProperty("--share", `${Math.min(100, (part ?? 0) / 10)}%`)
  })
}

// What the server found of a search: the first products, and how many there are.
let found = null

function drawProducts() {
  const rank = document.querySelector("input[name=rank]:checked").value
  const items = (found?.products ?? Object.values(state.figures?.products ?? {}))
    .map(product => ({ ...product, key: `${product.currency} ${product.id}` }))
  // Revenue of different currencies cannot be compared: the currency of most orders comes first.
  const weight = currency => big(state.figures?.revenue?.[currency]?.orders)
  if (!found) {
    items.sort((a, b) => rank === "revenue"
      ? compare(weight(b.currency), weight(a.currency)) || compare(a.currency, b.currency)
        || compare(scaled(b.revenue), scaled(a.revenue)) || compare(a.key, b.key)
      : compare(big(b[rank]), big(a[rank])) || compare(a.currency, b.currency) || compare(a.key, b.key))
    items.splice(10)
  }
  showEmpty("products-empty", items.length === 0, found || state.figures?.orders,
    found ? "No product’s id has that in it." : "Nothing sold yet.")
  keyed($("products"), items, () => cells(element("tr"), ["", "number", "number", "number"]), (row, item) => {
    const [id, units, orders, revenue] = row.children
    setText(id, spelled(item.id))
    setExact(units, item.units, count(item.units))
    setExact(orders, item.orders, count(item.orders))
    setExact(revenue, item.revenue, money(item.revenue, item.currency))
  })
  const more = found ? big(found.count) - BigInt(items.length) : 0n
  toggle("products-more", more > 0n)
  setText($("products-more"), `and ${integers.format(more)} more`)
}

let searching
// Grows with each search: the answer to an earlier one is not shown.
let searches = 0
// The products of a search are in no patch: so often are they asked for again.
const searchInterval = 3000

// All products of a day are on the server alone: a search asks it, once the reader pauses.
function search() {
  clearTimeout(searching)
  searches += 1
  const number = searches, text = $("search").value.trim()
  if (text) searching = setTimeout(() => find(text, number), 200)
  else {
    found = null
    if (state) drawProducts()
  }
}

async function find(text, number) {
  // What nobody sees is not asked for.
  if (state && feed && !document.hidden) {
    try {
      const answer = await ask(`/products?q=${encodeURIComponent(text)}&day=${state.day}`)
      const answered = await answer.json()
      if (number !== searches) return
      found = answered
      drawProducts()
    } catch {
      // 503 until the day has been read. Of everything else the connection's own note says what is wrong.
      if (number !== searches) return
    }
  }
  searching = setTimeout(() => find(text, number), searchInterval)
}

// What was found belongs to the state, or the day, before.
function searchAgain() {
  found = null
  if ($("search").value) search()
}

// The last hour as two lines, and as a table for those who do not see them.
function drawCurve() {
  const minutes = state.minutes ?? {}
  const now = Math.floor(Date.now() / 60000)
  const points = []
  for (let minute = now - 59; minute <= now; minute += 1) {
    const key = new Date(minute * 60000).toISOString().slice(0, 16)
    points.push({ key, counted: Number(minutes[key]?.counted ?? 0), written: Number(minutes[key]?.written ?? 0) })
  }
  const highest = Math.max(...points.map(point => Math.max(point.counted, point.written)))
  const peak = Math.max(1, highest)
  const path = name => points
    .map((point, index) => `${index ? "L" : "M"}${((index * 640) / 59).toFixed(1)} ${(196 - (point[name] * 184) / peak).toFixed(1)}`)
    .join("")
  const svg = $("curve")
  if (!svg.firstChild) {
    for (const height of [12, 104, 196]) shape(svg, "path", "grid").setAttribute("d", `M0 ${height}H640`)
    for (const name of ["area", "line written", "line"]) shape(svg, "path", name)
  }
  const [area, written, counted] = [...svg.children].slice(3)
  area.setAttribute("d", `${path("counted")}L640 196L0 196Z`)
  written.setAttribute("d", path("written"))
  counted.setAttribute("d", path("counted"))
  const total = name => points.reduce((sum, point) => sum + point[name], 0)
  const silence = unlogged("batches")
  svg.setAttribute("aria-label", silence ? `Orders a minute are ${silence}.` : !state.minutes ? "Reading…"
    : highest === 0 ? "No orders in the last hour."
    : `In the last hour: ${counting(total("counted"), "order")} counted and ${counting(total("written"), "message")} stored; `
    + `at most ${integers.format(highest)} in a minute.`)
  const shown = key => minuteClock.format(new Date(`${key}:00Z`))
  setText($("curve-from"), shown(points[0].key))
  setText($("curve-to"), "now")
  setText($("curve-peak"), silence || (!state.minutes ? "Reading…"
    : highest === 0 ? "none in the last hour" : `highest ${integers.format(highest)} a minute`))
  const rows = points.filter(point => point.counted || point.written).reverse()
  keyed($("curve-rows"), rows, () => cells(element("tr"), ["", "number", "number"]), (row, point) => {
    setText(row.children[0], shown(point.key))
    setExact(row.children[1], String(point.counted), integers.format(point.counted))
    setExact(row.children[2], String(point.written), integers.format(point.written))
  })
}

function shape(parent, tag, className) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag)
  made.setAttribute("class", className)
  parent.append(made)
  return made
}
