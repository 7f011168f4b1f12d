"use strict";
(() => {
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  document.body.append(tip);

  const show = (text, x, y) => {
    tip.textContent = text;
    tip.hidden = false;
    const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
    tip.style.left = Math.max(8, Math.min(x + 14, room)) + scrollX + "px";
    tip.style.top = Math.max(8, y - tip.offsetHeight - 10) + scrollY + "px";
  };
  const hide = () => { tip.hidden = true; };

  /* ---- text under the pointer: [data-tip] ---- */
  for (const place of document.querySelectorAll("[data-tip]")) {
    const at = (event) => show(place.dataset.tip, event.clientX, event.clientY);
    place.addEventListener("pointermove", at);
    place.addEventListener("pointerdown", at);
    place.addEventListener("pointerleave", hide);
    place.addEventListener("focus", () => {
      const box = place.getBoundingClientRect();
      show(place.dataset.tip, box.left, box.top);
    });
    place.addEventListener("blur", hide);
  }

  /* ---- values under the pointer: charts of lines ---- */
  const shape = (name, kind, parent) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    made.setAttribute("class", kind);
    parent.append(made);
    return made;
  };
  for (const chart of document.querySelectorAll("svg.lines")) {
    const lines = [...chart.querySelectorAll("polyline")].map((line) => ({
      name: line.dataset.name,
      points: line.getAttribute("points").split(" ").map((p) => p.split(",").map(Number)),
      x: line.dataset.x.split(" "), y: line.dataset.y.split(" "),
      dot: shape("circle", "dot " + line.getAttribute("class").split(" ").pop(), chart),
    }));
    const rule = shape("line", "here", chart);
    const marks = [rule, ...lines.map((line) => line.dot)];
    const clear = () => { hide(); marks.forEach((mark) => mark.setAttribute("visibility", "hidden")); };
    const nearest = (points, x) => points.reduce(
      (best, point, i) => Math.abs(point[0] - x) < Math.abs(points[best][0] - x) ? i : best, 0);
    const look = (x, clientX, clientY) => {
      const rows = lines.map((line) => {
        const i = nearest(line.points, x);
        line.dot.setAttribute("cx", line.points[i][0]);
        line.dot.setAttribute("cy", line.points[i][1]);
        line.dot.setAttribute("r", 3.5);
        return { i, line, px: line.points[i][0] };
      });
      const first = rows.reduce((a, b) => Math.abs(b.px - x) < Math.abs(a.px - x) ? b : a);
      for (const [key, value] of [["x1", first.px], ["x2", first.px], ["y1", chart.dataset.top],
        ["y2", chart.dataset.bottom]]) rule.setAttribute(key, value);
      marks.forEach((mark) => mark.setAttribute("visibility", "visible"));
      show([chart.dataset.axis + " " + first.line.x[first.i],
        ...rows.map(({ i, line }) => line.name + "  " + line.y[i])].join("\n"), clientX, clientY);
      return first.px;
    };
    const follow = (event) => {
      const box = chart.getBoundingClientRect(), width = chart.viewBox.baseVal.width;
      look((event.clientX - box.left) * width / box.width, event.clientX, event.clientY);
    };
    if (!lines.length) continue;
    clear();
    chart.addEventListener("pointermove", follow);
    chart.addEventListener("pointerdown", follow);
    chart.addEventListener("pointerleave", clear);
    chart.addEventListener("blur", clear);
    let i = -1;
    chart.addEventListener("keydown", (event) => {
      const points = lines[lines.length - 1].points, box = chart.getBoundingClientRect();
      if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
      event.preventDefault();
      i = Math.max(0, Math.min(points.length - 1, i + (event.key === "ArrowRight" ? 1 : -1)));
      look(points[i][0], box.left + points[i][0] * box.width / chart.viewBox.baseVal.width, box.top);
    });
  }

  /* ---- two models on the same face ---- */
  const compare = document.querySelector(".compare");
  if (compare) {
    const [left, right, face] = compare.querySelectorAll("select");
    const [under, over] = compare.querySelectorAll(".stage img");
    const [from, to] = compare.querySelectorAll(".names span");
    const slider = compare.querySelector("input"), stage = compare.querySelector(".stage");
    const picture = (row) =>
      document.querySelector(`.faces img[data-row="${row}"][data-face="${face.value}"]`);
    const turn = () => {
      for (const [image, name, choice] of [[under, from, left], [over, to, right]]) {
        const shown = picture(choice.value);
        if (shown) image.src = shown.src;
        image.alt = shown ? shown.alt : "";
        name.textContent = choice.selectedOptions[0].textContent;
      }
    };
    const slide = () => stage.style.setProperty("--at", slider.value + "%");
    const drag = (event) => {
      const box = stage.getBoundingClientRect();
      slider.value = 100 * (event.clientX - box.left) / box.width;
      slide();
    };
    [left, right, face].forEach((choice) => choice.addEventListener("change", turn));
    slider.addEventListener("input", slide);
    stage.addEventListener("pointerdown", drag);
    stage.addEventListener("pointermove", (event) => { if (event.buttons) drag(event); });
    compare.hidden = false;
    turn();
    slide();
  }
})();
