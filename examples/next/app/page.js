"use client";
/** Sends a picture to the route beside this page and shows what it is. */
import { useState } from "react";

export default function Page() {
  const [answer, setAnswer] = useState("");
  async function ask(event) {
    const [picture] = event.target.files;
    if (picture === undefined) return;
    const response = await fetch("/api/classify", { method: "POST", body: picture });
    const { label, score, error } = await response.json();
    setAnswer(error ?? `${label}, ${Math.round(score * 100)} %`);
  }
  return (
    <main>
      <input type="file" accept="image/*" onChange={ask} />
      <p role="status">{answer}</p>
    </main>
  );
}
