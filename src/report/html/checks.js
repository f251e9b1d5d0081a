// The page of checks of a server: starts them, and follows what is under way.
(() => {
  "use strict";
  const $ = (selector, node = document) => node.querySelector(selector);
  const area = $("#checks");
  const shape = $("#check");
  const said = $("#said");
  const followed = new Set();
  // A word in both languages, of which the page shows one.
  const word = (name) => [...$(`.words .${name}`).childNodes].map((node) => node.cloneNode(true));
  const ended = (check) =>
    check.stopped ? "stopped" : check.exit_code === 0 ? "passed" : check.exit_code === 1 ? "failed" : "error";
  const bytes = (count) => (count < 1e6 ? `${Math.round(count / 1e3)} kB` : `${(count / 1e6).toFixed(1)} MB`);

  async function ask(path, how) {
    const answer = await fetch(path, how);
    const read = await answer.json();
    if (!answer.ok) throw new Error(read.error);
    return read;
  }

  function follow(check) {
    if (followed.has(check.id)) return;
    followed.add(check.id);
    area.hidden = false;
    const card = shape.content.cloneNode(true).firstElementChild;
    card.dataset.id = check.id;
    $(".suite", card).textContent = check.order.suite;
    $(".when", card).textContent = check.asked_at.slice(0, 16).replace("T", " ") + " UTC";
    const bar = $("progress", card);
    $(".stop", card).addEventListener("click", () =>
      ask(`api/checks/${check.id}/stop`, { method: "POST" }).catch((error) => { said.textContent = error.message; }));
    area.insertBefore(card, $(".card", area));
    const show = (now) => {
      const name = now.state === "ended" ? ended(now) : now.state;
      card.classList.remove("passed", "failed", "error", "skipped");
      if (now.state === "ended") card.classList.add(name === "stopped" ? "skipped" : name);
      $(".stage", card).replaceChildren(...word(name));
      if (now.state !== "ended") return;
      bar.max = bar.value = 1;
      $(".stop", card).remove();
    };
    show(check);
    if (check.state === "ended") return;
    const events = new EventSource(`api/checks/${check.id}/events`);
    const log = $(".log", card);
    events.addEventListener("open", () => log.replaceChildren());
    events.addEventListener("log", (event) => {
      const line = JSON.parse(event.data);
      if (line.action === "progress") {
        bar.max = Math.max(line.total, 1);
        bar.value = line.read;
        $(".read", card).textContent = `${bytes(line.read)} / ${bytes(line.total)}`;
      } else if (line.action === "rule_evaluated" && line.level !== "debug") {
        const item = document.createElement("li");
        item.textContent = line.rule ?? line.message;
        log.append(item);
      }
    });
    events.addEventListener("state", (event) => {
      const now = JSON.parse(event.data);
      show(now);
      if (now.state !== "ended") return;
      events.close();
      const link = document.createElement("a");
      link.href = `suites/${encodeURIComponent(check.order.suite)}/index.html`;
      link.append(...word("page"));
      $(".end", card).replaceChildren(link);
    });
  }

  document.querySelectorAll(".start").forEach((button) =>
    button.addEventListener("click", async () => {
      said.textContent = "";
      const order = JSON.stringify({ suite: button.dataset.suite });
      try {
        follow(await ask("api/check", { method: "POST", body: order, headers: { "content-type": "application/json" } }));
      } catch (error) {
        said.textContent = error.message;
      }
    }));
  const look = () => ask("api/checks").then(({ checks }) => [...checks].reverse().forEach(follow)).catch(() => {});
  look();
  setInterval(look, 5000);
})();
