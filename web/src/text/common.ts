/** Words of the page that several views have. */
import type { Texts } from "./language.ts";

interface CommonText {
  readonly title: string;
  readonly purpose: string;
  readonly skip: string;
  readonly views: string;
  readonly language: string;
  readonly theme: string;
  readonly themes: { readonly auto: string; readonly light: string; readonly dark: string };
  readonly picture: string;
  readonly choose: string;
  readonly drop: string;
  readonly camera: string;
  readonly stopCamera: string;
  readonly samples: string;
  readonly sampleNames: Readonly<Record<SampleName, string>>;
  readonly model: string;
  readonly loading: (name: string) => string;
  readonly loadingShare: (percent: number) => string;
  readonly working: string;
  readonly result: string;
  readonly took: (milliseconds: number) => string;
  readonly rate: (frames: number) => string;
  readonly copyJson: string;
  readonly copied: string;
  readonly savePicture: string;
  readonly noPicture: string;
  readonly noModel: string;
  readonly resultOf: (name: string) => string;
  readonly failures: Readonly<Record<string, string>>;
  readonly details: string;
  readonly again: string;
  readonly licences: string;
  readonly key: string;
  readonly useKey: string;
  readonly keyRefused: string;
}

/** Photographs that come with the page. */
export type SampleName = "chelsea" | "coffee" | "rocket" | "astronaut";

export const common: Texts<CommonText> = {
  en: {
    title: "MobileNetV2",
    purpose: "Pictures stay in this browser: everything is computed on this device.",
    skip: "Skip to the content",
    views: "What to do",
    language: "Language",
    theme: "Colours",
    themes: { auto: "As the system", light: "Light", dark: "Dark" },
    picture: "Picture",
    choose: "Choose a picture",
    drop: "Drop a picture here, paste one, or choose one.",
    camera: "Use the camera",
    stopCamera: "Stop the camera",
    samples: "Samples",
    sampleNames: { chelsea: "Cat", coffee: "Coffee", rocket: "Rocket", astronaut: "Astronaut" },
    model: "Model",
    loading: (name) => `Loading ${name}`,
    loadingShare: (percent) => `${percent} %`,
    working: "Looking at the picture",
    result: "Result",
    took: (milliseconds) => `${milliseconds} ms`,
    rate: (frames) => `${frames} frames a second`,
    copyJson: "Copy JSON",
    copied: "Copied",
    savePicture: "Save the picture",
    noPicture: "There is no picture yet.",
    noModel: "The host of this page has no model for this.",
    resultOf: (name) => `Result for ${name}`,
    failures: {
      "invalid-image":
        "This picture cannot be read. Choose another: JPEG, PNG, WebP, GIF, BMP, or what else your browser shows.",
      memory:
        "There is not enough memory. Close other pages, or choose a smaller picture or model.",
      network: "The model could not be loaded. Check the connection and try again.",
      integrity: "The model came damaged. Load the page again.",
      "no-picture": "There is no picture in the folder. Drop another, or pictures themselves.",
      "many-files": "The folder holds too many files for a page. Drop a part of them.",
      "picture-network": "The picture did not come. Check the connection and try again.",
      unauthorized: "The host of this page wants a key for its models. Who runs it knows the key.",
      "camera-denied":
        "The camera may not be used. Allow it in the browser's settings for this page, then try again.",
      "camera-absent": "There is no camera, or another program has it.",
      "camera-insecure": "The camera needs https or localhost. Open the page by such an address.",
      clipboard: "The text could not be copied. Select it by hand instead.",
      other: "This did not work.",
    },
    details: "Details",
    again: "Try again",
    licences: "Licences",
    key: "Key",
    useKey: "Use the key",
    keyRefused: "The last key was not the right one.",
  },
  zh: {
    title: "MobileNetV2",
    purpose: "图片不会离开浏览器：所有计算都在本机完成。",
    skip: "跳到正文",
    views: "功能",
    language: "语言",
    theme: "配色",
    themes: { auto: "跟随系统", light: "浅色", dark: "深色" },
    picture: "图片",
    choose: "选择图片",
    drop: "把图片拖到这里，也可以粘贴或选择。",
    camera: "打开摄像头",
    stopCamera: "关闭摄像头",
    samples: "示例图片",
    sampleNames: { chelsea: "猫", coffee: "咖啡", rocket: "火箭", astronaut: "宇航员" },
    model: "模型",
    loading: (name) => `正在加载 ${name}`,
    loadingShare: (percent) => `${percent}%`,
    working: "正在识别",
    result: "结果",
    took: (milliseconds) => `${milliseconds} 毫秒`,
    rate: (frames) => `每秒 ${frames} 帧`,
    copyJson: "复制 JSON",
    copied: "已复制",
    savePicture: "保存图片",
    noPicture: "还没有图片。",
    noModel: "本站没有可用于此功能的模型。",
    resultOf: (name) => `${name} 的结果`,
    failures: {
      "invalid-image":
        "无法读取这张图片。请换一张 JPEG、PNG、WebP、GIF、BMP 或浏览器支持的其他格式。",
      memory: "内存不足。请关闭其他页面，或换用较小的图片或模型。",
      network: "模型加载失败。请检查网络后重试。",
      integrity: "收到的模型已损坏。请刷新页面。",
      "no-picture": "文件夹里没有图片。请拖入其他文件夹，或直接拖入图片。",
      "many-files": "文件夹里的文件太多，网页无法处理。请只拖入其中一部分。",
      "picture-network": "图片加载失败。请检查网络后重试。",
      unauthorized: "本站的模型需要密钥，请向服务器的管理者索取。",
      "camera-denied": "没有摄像头权限。请在浏览器的网站设置中允许，然后重试。",
      "camera-absent": "没有摄像头，或摄像头正被其他程序占用。",
      "camera-insecure": "只有 https 或 localhost 页面才能使用摄像头。",
      clipboard: "复制失败，请手动选择文本。",
      other: "操作失败。",
    },
    details: "详情",
    again: "重试",
    licences: "许可证",
    key: "密钥",
    useKey: "使用密钥",
    keyRefused: "刚才的密钥不正确。",
  },
};
