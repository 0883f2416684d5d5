"use strict";
// Keeps a page of `recipebatch ui` as the service says it, and asks before it stops or retries a run.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const { events, token } = document.body.dataset;
  const note = $("#job");

  // ---- a newer page takes the place of this one, with what was opened, typed and zoomed

  const openNow = () => new Set($$("main details").filter((each) => each.open).map((each) => $("summary", each).textContent));
  const known = () => new Set($$("main details").map((each) => $("summary", each).textContent));

  function take(page) {
    const main = $("main"), fresh = $("main", page);
    if (!fresh) return Promise.resolve();
    const kept = window.recipebatch?.keep?.() ?? {};
    const opened = openNow(), before = known();
    const top = scrollY;
    main.replaceWith(document.adoptNode(fresh));
    const data = $("#data"), newer = $("#data", page);
    if (data && newer) data.textContent = newer.textContent;
    document.title = page.title;
    for (const each of $$("main details")) {
      const name = $("summary", each).textContent;
      if (before.has(name)) each.open = opened.has(name);
    }
    const done = window.recipebatch?.show ? window.recipebatch.show(kept) : Promise.resolve();
    return done.then(() => scrollTo({ top, behavior: "instant" }));
  }

  let busy = false, again = false;
  async function refresh() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.pathname, { credentials: "same-origin" });
      if (answer.ok) await take(new DOMParser().parseFromString(await answer.text(), "text/html"));
      document.documentElement.dataset.refreshed = String(Number(document.documentElement.dataset.refreshed ?? 0) + 1);
    } catch (error) {
      console.warn(String(error));
    } finally {
      busy = false;
      if (again) { again = false; refresh(); }
    }
  }

  // ---- what the server says

  const stream = new EventSource(events);
  let lost = false;
  stream.addEventListener("changed", refresh);
  stream.addEventListener("job", (event) => showJob(JSON.parse(event.data)));
  stream.addEventListener("open", () => { if (lost) { lost = false; note.hidden = true; refresh(); } });
  stream.addEventListener("error", () => { lost = true; say("The connection to recipebatch ui is lost: what you see is as it was."); });

  function say(text) { $("div", note).textContent = text; note.hidden = false; }
  $("#job-close").addEventListener("click", () => { note.hidden = true; });

  function showJob(job) {
    const ends = { running: "…", done: " – done", failed: " – failed" };
    say([`${job.kind} ${job.run}${ends[job.state] ?? ""}`, ...job.lines].join("\n"));
    if (job.state !== "running") refresh();
  }

  // ---- stop and retry, after a question

  const TEXTS = {
    stop: ["Stop run {run}?", "Its jobs are terminated, its results are collected, and it is purged as its recipe says.", "Stop the run"],
    retry: ["Retry the failed tasks of run {run}?", "They run again, are followed to their end, and then the run is collected and purged as its recipe says. Nodes may be made for it.", "Retry"],
  };
  const dialog = $("#confirm"), yes = $("#confirm-yes");
  let asked = null;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action]");
    if (!button || !dialog) return;
    asked = { action: button.dataset.action, run: button.dataset.run };
    const [title, text, answer] = TEXTS[asked.action];
    $("h2", dialog).textContent = title.replace("{run}", asked.run);
    $("p", dialog).textContent = text;
    yes.textContent = answer;
    dialog.showModal();
  });
  yes?.addEventListener("click", async () => {
    dialog.close();
    const { action, run } = asked;
    const answer = await fetch(`/runs/${encodeURIComponent(run)}/${action}`, {
      method: "POST", credentials: "same-origin", headers: { "X-Recipebatch-Token": token },
    });
    if (!answer.ok) say(`${action} ${run}: ${await answer.text()}`);
  });
})();
