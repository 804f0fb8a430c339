/** A small view of a picture; its name stands beside it. */
import type { VNode } from "preact";
import { useObjectUrl } from "./object-url.ts";

export function Thumbnail({ file }: { readonly file: Blob }): VNode {
  return <img class="thumbnail" src={useObjectUrl(file)} alt="" width="64" height="64" />;
}
