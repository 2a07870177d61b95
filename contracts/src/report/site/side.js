// Search and highlighting. Everything on the page can be read without it.
(() => {
  "use strict";
  const root = document.body.dataset.rot;
  const most = 30;

  const form = document.querySelector(".sok");
  const input = document.getElementById("sok");
  const panel = document.getElementById("treff");
  const count = document.getElementById("antall");
  const list = document.getElementById("treffliste");
  form.hidden = false;

  const entries = (window.INDEKS || []).map((entry) => ({
    ...entry,
    lavt: entry.navn.toLowerCase(),
    alt: [entry.navn, entry.sted, entry.tekst, entry.ord, entry.slag].join(" ").toLowerCase(),
  }));

  // The name counts most, then its beginning; a name's last part is what people remember of it.
  const rank = (entry, text) => {
    const last = entry.lavt.split(".").pop();
    if (entry.lavt === text || last === text) return 0;
    if (entry.lavt.startsWith(text) || last.startsWith(text)) return 1;
    return entry.lavt.includes(text) ? 2 : 3;
  };

  const find = (text) => {
    const words = text.split(/\s+/).filter(Boolean);
    return entries
      .filter((entry) => words.every((word) => entry.alt.includes(word)))
      .map((entry, index) => ({ entry, index, rank: rank(entry, text) }))
      .sort((a, b) => a.rank - b.rank || a.index - b.index)
      .map((it) => it.entry);
  };

  const piece = (kind, text) => {
    const element = document.createElement("span");
    element.className = kind;
    element.textContent = text;
    return element;
  };

  const item = (entry) => {
    const link = document.createElement("a");
    link.href = root + encodeURI(entry.side);
    link.append(piece("slag", entry.slag), " ", piece("treff-navn", entry.navn), " ", piece("treff-sted liten", entry.sted));
    if (entry.tekst) link.append(piece("treff-tekst liten", entry.tekst));
    const row = document.createElement("li");
    row.append(link);
    return row;
  };

  const show = () => {
    const text = input.value.trim().toLowerCase();
    panel.hidden = text === "";
    if (text === "") return;
    const found = find(text);
    const more = found.length > most ? `, de ${most} første vises` : "";
    count.textContent = found.length === 0 ? "Ingen treff" : `${found.length} treff${more}`;
    list.replaceChildren(...found.slice(0, most).map(item));
  };

  const close = () => {
    panel.hidden = true;
  };

  input.addEventListener("input", show);
  input.addEventListener("focus", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = list.querySelector("a");
    if (!panel.hidden && first) first.click();
  });
  form.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "Escape" && !panel.hidden) {
      // The browser itself would clear the input.
      event.preventDefault();
      input.focus();
      close();
    } else if (event.key === "ArrowDown" && !panel.hidden && at + 1 < links.length) {
      event.preventDefault();
      links[at + 1].focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      event.preventDefault();
      (at === 0 ? input : links[at - 1]).focus();
    }
  });
  list.addEventListener("click", close);
  document.addEventListener("click", (event) => {
    if (!form.contains(event.target)) close();
  });
  form.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !form.contains(event.relatedTarget)) close();
  });
  document.addEventListener("keydown", (event) => {
    const isWriting = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !isWriting && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.focus();
    }
  });

  // The field under the pointer, or with the focus, in an example: all its lines, and what it is.
  const about = (field) => {
    const place = document.getElementById(field);
    const card = place && place.querySelector(".felt-kort");
    if (!card) return "";
    const part = (name) => card.querySelector(name)?.textContent.trim() || "";
    return [field, part(".type"), part(".finnes"), part(".mening")].filter(Boolean).join(" · ");
  };
  for (const example of document.querySelectorAll(".eksempel")) {
    const lines = [...example.querySelectorAll(".linje")];
    const caption = example.querySelector(".om-feltet");
    if (!caption) continue;
    caption.hidden = false;
    const hint = "Pek på et felt for å se hva det er.";
    caption.textContent = hint;
    const point = (target) => {
      const line = target && target.closest(".linje");
      const field = line ? line.dataset.felt : "";
      for (const other of lines) other.classList.toggle("pekt", field !== "" && other.dataset.felt === field);
      caption.textContent = (field && about(field)) || hint;
    };
    example.addEventListener("pointerover", (event) => point(event.target));
    example.addEventListener("focusin", (event) => point(event.target));
    example.addEventListener("pointerleave", () => point(null));
  }
})();
