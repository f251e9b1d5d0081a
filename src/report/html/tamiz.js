"use strict";
(() => {
  // What a page can do without this script, it does: this remembers choices, and lets tables be filtered and sorted.
  const root = document.documentElement;
  const kept = (name) => { try { return localStorage.getItem("tamiz-" + name); } catch { return null; } };
  const keep = (name, value) => { try { localStorage.setItem("tamiz-" + name, value); } catch { /* not here */ } };
  const words = {
    en: { find: "Filter by text", every: "Every state", of: " of " },
    es: { find: "Filtrar por texto", every: "Todos los estados", of: " de " },
  };
  const later = [];
  const say = () => words[root.lang] || words.en;

  for (const name of ["theme", "lang"]) {
    const old = document.getElementById(kept(name) || "");
    if (old && old.name === name) old.checked = true;
    for (const input of document.getElementsByName(name)) {
      const chosen = () => { if (name === "lang") { root.lang = input.id; later.forEach((tell) => tell()); } };
      if (input.checked) chosen();
      input.addEventListener("change", () => { keep(name, input.id); chosen(); });
    }
  }

  const element = (name, facts) => Object.assign(document.createElement(name), facts);
  const shown = (node) => [...node.querySelectorAll("span[lang]")].reduce(
    (text, span) => (span.lang === root.lang ? text : text.replace(span.textContent, "")), node.textContent);

  function filter(table) {
    const rows = [...table.tBodies[0].rows];
    const state = (row) => row.querySelector(".badge");
    const states = new Map(rows.map((row) => [state(row).classList[1], state(row)]));
    const tools = element("div", { className: "tools" });
    const find = element("input", { type: "search", autocomplete: "off" });
    const pick = element("select");
    const count = element("output", { className: "quiet" });
    tools.append(find, pick, count);
    (table.closest(".panel") || table).before(tools);
    const apply = () => {
      const text = find.value.trim().toLowerCase();
      let left = 0;
      for (const row of rows) {
        const fits = (!pick.value || state(row).classList.contains(pick.value))
          && (!text || row.textContent.toLowerCase().includes(text));
        row.hidden = !fits;
        left += fits;
      }
      count.textContent = left < rows.length ? left + say().of + rows.length : "";
    };
    const tell = () => {
      const old = pick.value;
      find.placeholder = say().find;
      find.setAttribute("aria-label", say().find);
      pick.setAttribute("aria-label", say().every);
      const option = ([value, badge]) => element("option", { value, textContent: shown(badge).trim() });
      pick.replaceChildren(element("option", { value: "", textContent: say().every }), ...[...states].map(option));
      pick.value = old;
      apply();
    };
    find.addEventListener("input", apply);
    pick.addEventListener("change", apply);
    later.push(tell);
    tell();
  }

  function sort(table) {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    const first = [...body.rows];
    heads.forEach((head, at) => {
      if (head.dataset.plain !== undefined) return;
      const button = element("button", { type: "button" });
      button.append(...head.childNodes);
      head.append(button);
      const key = (row) => {
        const cell = row.cells[at];
        if (!cell) return "";
        const value = cell.dataset.v === undefined ? shown(cell).trim() : cell.dataset.v;
        return value !== "" && isFinite(value) ? Number(value) : value;
      };
      const order = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b
        : String(a).localeCompare(String(b), root.lang, { numeric: true }));
      button.addEventListener("click", () => {
        const old = head.getAttribute("aria-sort");
        const next = old === "ascending" ? "descending" : old === "descending" ? null : "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        if (next) head.setAttribute("aria-sort", next);
        const turn = next === "descending" ? -1 : 1;
        const rows = next ? first.map((row) => [key(row), row]).sort((a, b) => turn * order(a[0], b[0])).map((pair) => pair[1]) : first;
        body.append(...rows);
      });
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("table[data-sort]").forEach(sort);
    document.querySelectorAll("table[data-filter]").forEach((table) => { if (table.tBodies[0].rows.length > 5) filter(table); });
  });
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
})();
