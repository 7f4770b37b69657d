"use strict";
/* What the page does besides the map: light and dark, filters, places to link to, printing. Without it everything can be read. */
const page = {};
{
  const $ = (id) => document.getElementById(id);
  const all = (selector) => Array.from(document.querySelectorAll(selector));

  // Light and dark: as the system has it, until somebody says otherwise.
  const root = document.documentElement;
  const theme = $("theme");
  const remembered = (value) => {
    // A page from a file may have no storage.
    try {
      if (value) localStorage.setItem("trueup-theme", value);
      return localStorage.getItem("trueup-theme");
    } catch {
      return null;
    }
  };
  const apply = (value) => {
    if (value === "light" || value === "dark") root.dataset.theme = value;
  };
  apply(remembered());
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    apply(dark ? "light" : "dark");
    remembered(root.dataset.theme);
  });

  // Filters.
  const findings = all(".finding[data-level]");
  const groups = all(".group");
  const search = $("search");
  const selects = ["code", "schema"].map($).filter(Boolean);
  const toggles = all(".toggle[data-facet]");
  const ofTable = $("of-table");
  let table = null;
  const texts = new Map();
  const text = (finding) => {
    if (!texts.has(finding)) texts.set(finding, finding.textContent.toLowerCase());
    return texts.get(finding);
  };
  const pressed = (toggle) => toggle.getAttribute("aria-pressed") === "true";
  const filter = () => {
    if (!search) return;
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const facets = new Map();
    for (const toggle of toggles.filter(pressed)) {
      const { facet, value } = toggle.dataset;
      facets.set(facet, (facets.get(facet) || new Set()).add(value));
    }
    let shown = 0;
    for (const finding of findings) {
      const data = finding.dataset;
      // Remarks on the policy and what could not be compared have no verdict to be hidden by.
      const fits =
        (table === null || data.table === table) &&
        selects.every((select) => select.selectedIndex === 0 || data[select.id] === select.value) &&
        Array.from(facets).every(([facet, values]) => values.has(data[facet]) || (facet === "verdict" && !data.verdict)) &&
        words.every((word) => text(finding).includes(word));
      finding.hidden = !fits;
      if (fits) shown += 1;
    }
    for (const group of groups) {
      const left = group.querySelectorAll(".finding:not([hidden])").length;
      group.hidden = left === 0;
      group.querySelector(".count").textContent = left;
    }
    const changed =
      table !== null || words.length > 0 || selects.some((select) => select.selectedIndex > 0) ||
      toggles.some((toggle) => pressed(toggle) !== ("on" in toggle.dataset));
    $("shown").textContent =
      shown === findings.length ? `${shown} findings` : `${shown} of ${findings.length} findings`;
    $("reset").hidden = !changed;
    $("nothing").hidden = shown > 0;
    ofTable.hidden = table === null;
    if (table !== null) {
      ofTable.textContent = `Of ${table}  ×`;
      ofTable.setAttribute("aria-label", `Only findings of ${table}. Take this filter away`);
      ofTable.setAttribute("aria-pressed", "true");
    }
  };
  const reset = () => {
    search.value = "";
    table = null;
    for (const select of selects) select.selectedIndex = 0;
    for (const toggle of toggles) toggle.setAttribute("aria-pressed", String("on" in toggle.dataset));
    if (page.letGo) page.letGo();
    filter();
  };
  page.filterTable = (name) => {
    table = name;
    filter();
  };
  if (search) {
    $("controls").hidden = false;
    search.addEventListener("input", filter);
    for (const select of selects) select.addEventListener("change", filter);
    for (const toggle of toggles) {
      toggle.addEventListener("click", () => {
        toggle.setAttribute("aria-pressed", String(!pressed(toggle)));
        filter();
      });
    }
    ofTable.addEventListener("click", () => {
      table = null;
      if (page.letGo) page.letGo();
      filter();
      search.focus();
    });
    $("reset").addEventListener("click", () => {
      reset();
      search.focus();
    });
    const open = (value) => () => {
      for (const finding of findings) if (!finding.hidden) finding.querySelector("details").open = value;
    };
    $("open-all").addEventListener("click", open(true));
    $("close-all").addEventListener("click", open(false));
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, select, textarea");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        search.focus();
        search.select();
      } else if (event.key === "Escape" && event.target === search) {
        search.value = "";
        filter();
      }
    });
    // Places that are linked to come to lie below the filters.
    const stick = () => root.style.setProperty("--stick", `${$("controls").offsetHeight + 8}px`);
    new ResizeObserver(stick).observe($("controls"));
    filter();
    stick();
  }

  // A link to a place opens what it is in.
  const reveal = () => {
    let id = "";
    try {
      id = decodeURIComponent(location.hash.slice(1));
    } catch {
      return;
    }
    const target = id && $(id);
    if (!target) return;
    if (search && target.closest("[hidden]")) reset();
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    const inside = target.matches(".finding") && target.querySelector("details");
    if (inside) inside.open = true;
    target.scrollIntoView({ block: "start" });
  };
  addEventListener("hashchange", reveal);
  reveal();

  // Paper shows everything that the filters leave.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("#findings details, #repair details").filter((details) => !details.open && !details.matches(".script"));
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
    opened = [];
  });
}
