/** The page: sends chosen files to the worker, and shows what comes back. */

const [input, button, bar, status, list] = ["input", "button", "progress", "p", "ol"].map((name) =>
  document.querySelector(name),
);
const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

input.addEventListener("change", () => {
  const files = [...input.files];
  if (files.length === 0) return;
  list.replaceChildren();
  status.textContent = "Working …";
  Object.assign(bar, { value: 0, max: files.length });
  [input.disabled, button.disabled] = [true, false];
  // The files themselves stay where they are: the worker reads each when its turn comes.
  worker.postMessage({ kind: "classify", files });
});

button.addEventListener("click", () => worker.postMessage({ kind: "stop" }));

worker.addEventListener("message", ({ data }) => {
  const { kind, name, words, done } = data;
  if (kind === "answer") {
    list.append(Object.assign(document.createElement("li"), { textContent: `${name}: ${words}` }));
    bar.value = done;
    return;
  }
  status.textContent = words;
  [input.disabled, button.disabled, input.value] = [false, true, ""];
});

worker.addEventListener("error", () => {
  status.textContent = "The worker's script could not be run.";
});
