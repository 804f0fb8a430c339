/**
 * Looks at a video's frames one at a time: those that come while the last look still goes on are shown
 * and dropped, so that answers are always about the newest and nothing piles up.
 *
 * @param video - A `<video>` that plays.
 * @param look - Called with the video when a frame has come and the last call's promise is settled.
 * @returns `counts` of frames that were shown and looked at, `stop()`, and `failed`, a promise that
 *   rejects with what a look throws, which ends the watch.
 */
export function watchFrames(video, look) {
  const counts = { shown: 0, looked: 0 };
  let busy = false;
  let stopped = false;
  let fail;
  const failed = new Promise((_, reject) => {
    fail = reject;
  });
  // Once for each frame of the video; else once for each of the display.
  const next = () =>
    "requestVideoFrameCallback" in video
      ? video.requestVideoFrameCallback(onFrame)
      : requestAnimationFrame(onFrame);
  const onFrame = async () => {
    if (stopped) return;
    next();
    // Without pixels there is nothing to look at.
    if (video.readyState < video.HAVE_CURRENT_DATA) return;
    counts.shown++;
    if (busy) return;
    busy = true;
    try {
      await look(video);
      counts.looked++;
    } catch (error) {
      stopped = true;
      fail(error);
    } finally {
      busy = false;
    }
  };
  next();
  return {
    counts,
    failed,
    stop() {
      stopped = true;
    },
  };
}
