/** A small view of a picture; its name stands beside it. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

export function Thumbnail({ file }: { readonly file: Blob }): VNode {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return <img class="thumbnail" src={url} alt="" width="64" height="64" />;
}
