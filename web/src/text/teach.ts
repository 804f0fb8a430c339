/** Words of the view that teaches. */
import type { ModelFormat, Way } from "../engine/teach-api.ts";
import type { Texts } from "./language.ts";

interface TeachText {
  readonly name: string;
  readonly purpose: string;
  readonly classes: string;
  readonly hint: string;
  readonly className: (number: number) => string;
  readonly nameLabel: (number: number) => string;
  readonly addClass: string;
  readonly removeClass: (name: string) => string;
  readonly reallyRemove: (name: string, pictures: number) => string;
  readonly pictures: (count: number) => string;
  readonly addPictures: string;
  readonly addPicturesTo: (name: string) => string;
  readonly dropHere: string;
  readonly removeExample: (number: number, name: string) => string;
  readonly showAll: (count: number) => string;
  readonly showFewer: string;
  readonly added: (count: number, name: string) => string;
  readonly removed: (name: string) => string;
  readonly unreadable: (names: string) => string;
  readonly full: (most: number) => string;
  readonly camera: string;
  readonly stopCamera: string;
  readonly record: string;
  readonly recording: string;
  readonly recordHint: string;
  readonly training: string;
  readonly how: string;
  readonly base: string;
  readonly ways: Readonly<Record<Way, { readonly name: string; readonly about: string }>>;
  readonly mirrored: string;
  readonly mirroredAbout: string;
  readonly train: string;
  readonly cancel: string;
  readonly stopping: string;
  readonly stages: { readonly loading: string; readonly preparing: string };
  readonly epoch: (epoch: number, of: number) => string;
  readonly left: (seconds: number) => string;
  readonly soFar: (epoch: number, of: number, accuracy: string) => string;
  readonly stopped: string;
  readonly accuracy: string;
  readonly loss: string;
  readonly epochs: string;
  readonly curve: (what: string, from: string, to: string, epochs: number) => string;
  readonly taught: string;
  readonly tested: (right: number, of: number, percent: string) => string;
  readonly untested: (percent: string, least: number) => string;
  readonly trainedOn: (count: number, base: string) => string;
  readonly flatters: string;
  readonly byClass: string;
  readonly rightOf: (right: number, of: number) => string;
  readonly leftOut: (count: number) => string;
  readonly changed: string;
  readonly numbers: string;
  readonly use: string;
  readonly useAbout: (name: string, labels: string) => string;
  readonly keep: string;
  readonly kept: string;
  readonly save: Readonly<Record<ModelFormat, string>>;
  readonly saveAbout: Readonly<Record<ModelFormat, string>>;
  readonly saving: string;
  readonly saved: (file: string, megabytes: string) => string;
  readonly agreement: (same: number, of: number) => string;
  readonly onCommandLine: string;
  readonly savePictures: string;
  readonly savePicturesAbout: string;
  readonly openPictures: string;
  readonly openPicturesAbout: string;
  readonly openingPictures: string;
  readonly openedPictures: (pictures: number, classes: number) => string;
  readonly openModel: string;
  readonly openAbout: string;
  readonly opening: string;
  readonly opened: (name: string, classes: number) => string;
  readonly forget: string;
  readonly forgetAbout: string;
  readonly forgot: string;
  readonly startAnew: string;
  readonly reallyAnew: string;
  /** Sentences one after the other, and names in a row. */
  readonly sentences: (sentences: readonly string[]) => string;
  readonly names: (names: readonly string[]) => string;
  readonly failures: Readonly<Record<string, string>>;
}

export const teachText: Texts<TeachText> = {
  en: {
    name: "Teach",
    purpose: "Show pictures of your own classes, and teach a model to tell them apart.",
    classes: "Classes",
    hint: "Two classes or more, each with some twenty pictures that differ: other angles, distances, light.",
    className: (number) => `Class ${number}`,
    nameLabel: (number) => `Name of class ${number}`,
    addClass: "Add a class",
    removeClass: (name) => `Remove ${name}`,
    reallyRemove: (name, pictures) =>
      `Remove ${name} and its ${pictures === 1 ? "picture" : `${pictures} pictures`}?`,
    pictures: (count) => (count === 1 ? "1 picture" : `${count} pictures`),
    addPictures: "Add pictures",
    addPicturesTo: (name) => `Add pictures to ${name}`,
    dropHere: "Drop pictures or a folder of them here.",
    removeExample: (number, name) => `Remove picture ${number} of ${name}`,
    showAll: (count) => `Show all ${count}`,
    showFewer: "Show fewer",
    added: (count, name) => `${count === 1 ? "1 picture" : `${count} pictures`} added to ${name}.`,
    removed: (name) => `${name} removed.`,
    unreadable: (names) => `Not a picture that this browser reads, left out: ${names}.`,
    full: (most) => `A class has room for ${most} pictures. Remove some to add others.`,
    camera: "Use the camera",
    stopCamera: "Stop the camera",
    record: "Record",
    recording: "Recording …",
    recordHint: "Hold to record, or press once to start and once more to stop.",
    training: "Training",
    how: "What learns",
    base: "Start from",
    ways: {
      layer: { name: "Last layer", about: "Seconds." },
      blocks: {
        name: "Last blocks",
        about: "More accurate, with few pictures too. About a minute.",
      },
      all: {
        name: "All layers",
        about: "For 25 pictures of each class or more. Minutes, and more memory.",
      },
    },
    mirrored: "Mirrored pictures show the same",
    mirroredAbout: "Switch this off for letters, or to tell left from right.",
    train: "Train",
    cancel: "Cancel",
    stopping: "Stopping …",
    stages: { loading: "Loading the model to start from", preparing: "Preparing" },
    epoch: (epoch, of) => `Epoch ${epoch} of ${of}`,
    left: (seconds) =>
      seconds < 90
        ? `about ${Math.ceil(seconds)} s left`
        : `about ${Math.ceil(seconds / 60)} min left`,
    soFar: (epoch, of, accuracy) => `${epoch} of ${of} epochs, ${accuracy} right`,
    stopped: "The training was cancelled. What was there before is unchanged.",
    accuracy: "Accuracy",
    loss: "Loss",
    epochs: "epochs",
    curve: (what, from, to, epochs) => `${what}: ${from} at first, ${to} after ${epochs} epochs`,
    taught: "The model is ready.",
    tested: (right, of, percent) =>
      `${right} of ${of} pictures that were held back for the test are right (${percent}).`,
    untested: (percent, least) =>
      `${percent} of the training pictures are right, which says little about others. For a test, every class needs ${least} pictures or more: a fifth is then held back.`,
    trainedOn: (count, base) => `Trained on ${count} pictures, from ${base}.`,
    flatters: "Pictures of one recording are alike, which makes the figure better than it is.",
    byClass: "Class by class",
    rightOf: (right, of) => `${right} of ${of}`,
    leftOut: (count) => `${count} could not be read and were left out.`,
    changed: "Classes or pictures have changed since. Train again to teach the changes.",
    numbers: "As numbers",
    use: "Try it",
    useAbout: (name, labels) => `${name} knows: ${labels}.`,
    keep: "Save and open",
    kept: "Pictures and model are kept in this browser, on this device only.",
    save: {
      zip: "Save the model",
      tflite: "Save as .tflite",
      "tflite-int8": "Save as .tflite, 8 bits",
    },
    saveAbout: {
      zip: "A .zip of this library's files, to open again here.",
      tflite: "For TensorFlow Lite's runtimes.",
      "tflite-int8": "A quarter of the size, with 8-bit ranges from your pictures.",
    },
    saving: "Writing the file",
    saved: (file, megabytes) => `${file} is saved (${megabytes} MB).`,
    agreement: (same, of) =>
      `In 8 bits it chooses the same class for ${same} of ${of} pictures as before.`,
    onCommandLine: "All three work on the command line:",
    savePictures: "Save the pictures",
    savePicturesAbout:
      "A .zip with a folder for each class, to open in another browser, or unpacked for mobilenetv2 train.",
    openPictures: "Open pictures",
    openPicturesAbout: "A .zip with a folder of pictures for each class. They join those above.",
    openingPictures: "Reading the pictures",
    openedPictures: (pictures, classes) =>
      `${pictures === 1 ? "1 picture" : `${pictures} pictures`} of ${classes === 1 ? "1 class" : `${classes} classes`} added.`,
    openModel: "Open a model",
    openAbout:
      "A file saved here, a .tflite, .onnx or Keras file, or what Teachable Machine exports: its .zip, or model.json, weights.bin and metadata.json together.",
    opening: "Opening the model",
    opened: (name, classes) => `${name} is open: ${classes} classes.`,
    forget: "Forget the model",
    forgetAbout: "Classes and pictures stay.",
    forgot: "The model is forgotten.",
    startAnew: "Remove all classes",
    reallyAnew: "Remove all classes and their pictures? The model stays.",
    sentences: (sentences) => sentences.join(" "),
    names: (names) => names.join(", "),
    failures: {
      "few-classes": "There is nothing to tell apart yet. Add a second class.",
      "few-examples": "A class has no pictures. Add some to each class, or remove the class.",
      "no-name": "A class has no name. Give each class one.",
      "same-name": "Two classes have the same name. Give each class its own.",
      "no-base":
        "The host of this page has no model to start from. Whoever serves the page adds some with mobilenetv2 models export.",
      "no-pictures": "8-bit ranges are taken from pictures. Add some to the classes first.",
      "nothing-to-save": "There are no pictures to save yet. Add some to the classes first.",
      archive:
        "This is an archive. Where it has a folder of pictures for each class, choose “Open pictures” for it.",
      "no-archive": "This is no .zip archive, or it is damaged. Choose another file.",
      "no-folders":
        "There are no pictures in folders. Put the pictures of each class into a folder of its name, and the folders into a .zip.",
      "large-archive": "The archive is too large for a page. Leave some pictures out.",
      storage:
        "This browser keeps nothing for this page, as in some private windows or where there is no room. All works until the page is closed; save the model before.",
      memory:
        "There is not enough memory. Close other pages, train the last layer alone, or use fewer pictures.",
      diverged: "The training went out of bounds. Train again, or the last layer alone.",
      unsupported: "This model is not one that works here. Choose another.",
      "wrong-task": "This model is not for classifying. Open one that classifies pictures.",
      "invalid-model":
        "The file is damaged, or no model. Save or download it again, and choose all files that belong to it.",
      "not-found":
        "There is no model among these files. Choose a .zip, a .tflite, or model.json together with its weights.",
      "invalid-argument": "These files do not fit together. Choose the files of one model.",
    },
  },
  zh: {
    name: "训练",
    purpose: "为自己的类别提供图片，训练模型来区分它们。",
    classes: "类别",
    hint: "至少两个类别，每类二十张左右为宜，角度、距离和光线要有变化。",
    className: (number) => `类别 ${number}`,
    nameLabel: (number) => `第 ${number} 个类别的名称`,
    addClass: "添加类别",
    removeClass: (name) => `删除“${name}”`,
    reallyRemove: (name, pictures) => `删除“${name}”及其 ${pictures} 张图片？`,
    pictures: (count) => `${count} 张图片`,
    addPictures: "添加图片",
    addPicturesTo: (name) => `向“${name}”添加图片`,
    dropHere: "可将图片或图片文件夹拖到这里。",
    removeExample: (number, name) => `删除“${name}”的第 ${number} 张图片`,
    showAll: (count) => `显示全部 ${count} 张`,
    showFewer: "收起",
    added: (count, name) => `已向“${name}”添加 ${count} 张图片。`,
    removed: (name) => `已删除“${name}”。`,
    unreadable: (names) => `以下文件不是浏览器能读取的图片，已跳过：${names}。`,
    full: (most) => `每个类别最多 ${most} 张图片。请先删除一些再添加。`,
    camera: "打开摄像头",
    stopCamera: "关闭摄像头",
    record: "录制",
    recording: "正在录制…",
    recordHint: "按住录制；也可以按一下开始，再按一下停止。",
    training: "训练",
    how: "训练方式",
    base: "基础模型",
    ways: {
      layer: { name: "最后一层", about: "几秒钟完成。" },
      blocks: { name: "最后几个模块", about: "更准确，图片少时也适用，约需一分钟。" },
      all: { name: "全部层", about: "适合每类 25 张以上图片，需要几分钟和更多内存。" },
    },
    mirrored: "镜像后含义不变",
    mirroredAbout: "如果是文字，或需要区分左右，请取消勾选。",
    train: "开始训练",
    cancel: "取消",
    stopping: "正在停止…",
    stages: { loading: "正在加载基础模型", preparing: "正在准备" },
    epoch: (epoch, of) => `第 ${epoch} 轮，共 ${of} 轮`,
    left: (seconds) =>
      seconds < 90 ? `约剩 ${Math.ceil(seconds)} 秒` : `约剩 ${Math.ceil(seconds / 60)} 分钟`,
    soFar: (epoch, of, accuracy) => `已完成 ${epoch}/${of} 轮，准确率 ${accuracy}`,
    stopped: "训练已取消，原有内容不变。",
    accuracy: "准确率",
    loss: "损失",
    epochs: "轮",
    curve: (what, from, to, epochs) => `${what}：开始时 ${from}，${epochs} 轮后 ${to}`,
    taught: "模型已就绪。",
    tested: (right, of, percent) => `预留的 ${of} 张测试图片中有 ${right} 张正确（${percent}）。`,
    untested: (percent, least) =>
      `训练图片的准确率为 ${percent}，不能代表其他图片。每个类别至少有 ${least} 张图片时，会预留五分之一用于测试。`,
    trainedOn: (count, base) => `以 ${base} 为基础，用 ${count} 张图片训练。`,
    flatters: "同一段录制中的图片彼此相似，因此该数值会偏高。",
    byClass: "各类别结果",
    rightOf: (right, of) => `${right} / ${of}`,
    leftOut: (count) => `有 ${count} 张图片无法读取，已跳过。`,
    changed: "类别或图片已有改动，重新训练后才会生效。",
    numbers: "查看数值",
    use: "试用",
    useAbout: (name, labels) => `${name} 能识别：${labels}。`,
    keep: "保存与打开",
    kept: "图片和模型只保存在本机的浏览器中。",
    save: {
      zip: "保存模型",
      tflite: "保存为 .tflite",
      "tflite-int8": "保存为 8 位 .tflite",
    },
    saveAbout: {
      zip: "本库格式的 .zip，可在这里再次打开。",
      tflite: "用于 TensorFlow Lite 运行时。",
      "tflite-int8": "体积约为四分之一，量化范围取自你的图片。",
    },
    saving: "正在生成文件",
    saved: (file, megabytes) => `已保存 ${file}（${megabytes} MB）。`,
    agreement: (same, of) => `量化后，${of} 张图片中有 ${same} 张的分类与原模型一致。`,
    onCommandLine: "三种文件都可以在命令行中使用：",
    savePictures: "保存图片",
    savePicturesAbout:
      "每个类别一个文件夹的 .zip，可在其他浏览器中打开，解压后也可用于 mobilenetv2 train。",
    openPictures: "打开图片",
    openPicturesAbout: "每个类别一个图片文件夹的 .zip，其中的图片会加入上面的类别。",
    openingPictures: "正在读取图片",
    openedPictures: (pictures, classes) => `已添加 ${classes} 个类别的 ${pictures} 张图片。`,
    openModel: "打开模型",
    openAbout:
      "支持在这里保存的文件、.tflite、.onnx、Keras 文件，以及 Teachable Machine 导出的文件：.zip，或同时选择 model.json、weights.bin 和 metadata.json。",
    opening: "正在打开模型",
    opened: (name, classes) => `已打开 ${name}，共 ${classes} 个类别。`,
    forget: "移除模型",
    forgetAbout: "类别和图片会保留。",
    forgot: "模型已移除。",
    startAnew: "删除所有类别",
    reallyAnew: "删除所有类别及其图片？模型会保留。",
    sentences: (sentences) => sentences.join(""),
    names: (names) => names.join("、"),
    failures: {
      "few-classes": "至少要有两个类别才能区分。请再添加一个类别。",
      "few-examples": "有的类别还没有图片。请添加图片，或删除该类别。",
      "no-name": "有的类别没有名称。请为每个类别命名。",
      "same-name": "有两个类别重名。请改用不同的名称。",
      "no-base": "本站没有可用作基础的模型。站点管理者可用 mobilenetv2 models export 添加。",
      "no-pictures": "8 位量化需要用图片确定数值范围。请先为类别添加图片。",
      "nothing-to-save": "还没有可保存的图片。请先向类别中添加图片。",
      archive: "这是压缩包。如果其中每个类别各有一个图片文件夹，请用“打开图片”导入。",
      "no-archive": "这不是 .zip 文件，或文件已损坏。请选择其他文件。",
      "no-folders":
        "没有找到文件夹中的图片。请把每个类别的图片放进以类别命名的文件夹，再打包为 .zip。",
      "large-archive": "压缩包过大，网页无法处理。请减少图片后重试。",
      storage:
        "浏览器没有为本页保存数据，可能是无痕窗口或存储空间不足。页面关闭前一切功能可用，请在关闭前保存模型。",
      memory: "内存不足。请关闭其他页面，改为只训练最后一层，或减少图片。",
      diverged: "训练发散。请重新训练，或改为只训练最后一层。",
      unsupported: "这里不支持该模型，请换一个。",
      "wrong-task": "该模型不是分类模型。请打开用于图片分类的模型。",
      "invalid-model": "文件已损坏或不是模型。请重新保存或下载，并选择模型的全部文件。",
      "not-found": "所选文件中没有模型。请选择 .zip、.tflite，或 model.json 及其权重文件。",
      "invalid-argument": "所选文件不属于同一个模型。请只选择一个模型的文件。",
    },
  },
};
