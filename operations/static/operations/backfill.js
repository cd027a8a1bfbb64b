/* What the pages of backfills do by themselves; each works without this file too, by a link or a button.
   A run's body is fetched again while it is live; buttons say that they were clicked; one box checks all rows; a field that
   wants a name offers those that match what is typed. */
"use strict";

const EVERY_MS = 1500;
const AFTER_TROUBLE_MS = 5000;
const TYPING_MS = 150;

function followRun(place) {
    const says = document.getElementById("run-says");

    async function refresh() {
        let wait = EVERY_MS;
        try {
            const answer = await fetch(place.dataset.liveAddress, { headers: { "X-Requested-With": "fetch" } });
            if (answer.redirected || answer.status === 403) return location.reload();
            if (!answer.ok) throw new Error(answer.status);
            replaceBody(place, await answer.text(), says);
        } catch {
            wait = AFTER_TROUBLE_MS;
            says.textContent = "The server does not answer. Trying again.";
        }
        follow(wait);
    }

    function follow(wait) {
        if (place.querySelector("#run-body").dataset.live === "yes") setTimeout(refresh, wait);
    }

    follow(EVERY_MS);
}

function replaceBody(place, html, says) {
    const before = place.querySelector("#run-body").dataset.status;
    const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
    place.innerHTML = html;
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    const now = place.querySelector("#run-body").dataset.status;
    if (now !== before) says.textContent = "The run is now " + now.toLowerCase() + ".";
}

function sayBusy(event) {
    const button = event.submitter;
    if (event.target.method !== "post" || !event.target.closest(".rm-page")) return;
    if (event.target.dataset.sent) return event.preventDefault();
    event.target.dataset.sent = "yes";
    button?.setAttribute("aria-busy", "true");
    if (button?.dataset.busy) button.textContent = button.dataset.busy;
}

function letGoAgain(event) {
    if (event.persisted) location.reload();
}

function checkAll(box) {
    const rows = () => [...document.querySelectorAll('input[name="finding"][form="bulk"]')];
    const tell = () => {
        const checked = rows().filter((row) => row.checked).length;
        document.getElementById("checked").textContent = checked ? checked + " checked" : "Check all";
        box.checked = checked > 0 && checked === rows().length;
    };
    box.hidden = false;
    box.addEventListener("change", () => { rows().forEach((row) => { row.checked = box.checked; }); tell(); });
    document.addEventListener("change", (event) => { if (event.target.name === "finding") tell(); });
    tell();
}

function offerWhileTyping(event) {
    const field = event.target;
    if (!field.dataset?.offers) return;
    clearTimeout(field.waiting);
    field.waiting = setTimeout(() => offer(field), TYPING_MS);
}

async function offer(field) {
    const asked = field.value.trim();
    if (field.asked === asked) return;
    field.asked = asked;
    try {
        const answer = await fetch(field.dataset.offers + "&q=" + encodeURIComponent(asked));
        if (!answer.ok || field.asked !== asked) return;
        const { offers } = await answer.json();
        field.list.replaceChildren(...offers.map((each) => new Option(each.words, each.value)));
    } catch {
        field.asked = null; // what is typed still works; the next letter asks again
    }
}

function start() {
    const run = document.getElementById("run");
    if (run) followRun(run);
    const all = document.getElementById("check-all");
    if (all) checkAll(all);
    const print = document.getElementById("print");
    if (print) { print.hidden = false; print.addEventListener("click", () => window.print()); }
    document.addEventListener("submit", sayBusy);
    document.addEventListener("input", offerWhileTyping);
    document.addEventListener("focusin", offerWhileTyping);
    addEventListener("pageshow", letGoAgain);
}

start();
