/** The page's script. */
import { render } from "preact";
import { App } from "./app.tsx";
import { language, setLanguage } from "./text/language.ts";
import { applyTheme } from "./theme.ts";
import "./style.css";

setLanguage(language.value);
applyTheme();
render(<App />, document.getElementById("app")!);

// For later visits without a network, and for threads on hosts that send no headers for them.
if ("serviceWorker" in navigator && import.meta.env.PROD) {
  navigator.serviceWorker.register("./sw.js").catch(() => undefined);
}
