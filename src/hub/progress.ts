/** How far a download is; the same in Node and in the browser. */
export interface DownloadProgress {
  /** What is being downloaded: a name of the hub or a URL. */
  readonly name: string;
  readonly loadedBytes: number;
  /** Absent where the server does not say. */
  readonly totalBytes?: number;
}

/** Called often while bytes arrive; should return quickly. */
export type OnProgress = (progress: DownloadProgress) => void;
