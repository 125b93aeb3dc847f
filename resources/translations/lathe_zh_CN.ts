<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>About</name>
    <message>
        <source>font, of the system's packages; may be used, embedded and passed on freely</source>
        <translation>字体，来自系统软件包；可自由使用、嵌入和分发</translation>
    </message>
    <message>
        <source>folders ui/ and app/workbench, and what is linked with them</source>
        <translation>文件夹 ui/ 和 app/workbench，以及与之链接的部分</translation>
    </message>
    <message>
        <source>everything else of the source</source>
        <translation>其余全部源码</translation>
    </message>
    <message>
        <source>window, network, D-Bus; linked dynamically</source>
        <translation>窗口、网络、D-Bus；动态链接</translation>
    </message>
    <message>
        <source>charts</source>
        <translation>图表</translation>
    </message>
    <message>
        <source>tensors; with the licences of what it contains</source>
        <translation>张量；附其所含组件的许可证</translation>
    </message>
    <message>
        <source>notices of what it contains</source>
        <translation>其所含组件的声明</translation>
    </message>
    <message>
        <source>JSON</source>
        <translation>JSON</translation>
    </message>
    <message>
        <source>texts</source>
        <translation>文本格式化</translation>
    </message>
    <message>
        <source>logs</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>command line</source>
        <translation>命令行</translation>
    </message>
    <message>
        <source>sockets and HTTP</source>
        <translation>套接字和 HTTP</translation>
    </message>
    <message>
        <source>index of runs, chats</source>
        <translation>训练索引、对话</translation>
    </message>
    <message>
        <source>regular expressions of tokenizers</source>
        <translation>分词器的正则表达式</translation>
    </message>
    <message>
        <source>Unicode</source>
        <translation>Unicode</translation>
    </message>
    <message>
        <source>hashes</source>
        <translation>哈希</translation>
    </message>
    <message>
        <source>compression</source>
        <translation>压缩</translation>
    </message>
</context>
<context>
    <name>ConvertView</name>
    <message>
        <source>4.8 bits a weight: the usual choice for chat on a small machine</source>
        <translation>每权重 4.8 位：在小型机器上对话的常用选择</translation>
    </message>
    <message>
        <source>5.7 bits a weight</source>
        <translation>每权重 5.7 位</translation>
    </message>
    <message>
        <source>6.6 bits a weight: hard to tell from the original</source>
        <translation>每权重 6.6 位：与原模型难以区分</translation>
    </message>
    <message>
        <source>8.5 bits a weight: as good as the original</source>
        <translation>每权重 8.5 位：与原模型一样好</translation>
    </message>
    <message>
        <source>4.5 bits a weight: small and fast, less exact</source>
        <translation>每权重 4.5 位：小而快，精度较低</translation>
    </message>
    <message>
        <source>5.5 bits a weight</source>
        <translation>每权重 5.5 位</translation>
    </message>
    <message>
        <source>16 bits a weight</source>
        <translation>每权重 16 位</translation>
    </message>
    <message>
        <source>16 bits a weight, the range of float32</source>
        <translation>每权重 16 位，数值范围同 float32</translation>
    </message>
    <message>
        <source>32 bits a weight</source>
        <translation>每权重 32 位</translation>
    </message>
</context>
<context>
    <name>Data</name>
    <message>
        <source>JSON lines</source>
        <translation>JSON lines</translation>
    </message>
    <message>
        <source>JSON</source>
        <translation>JSON</translation>
    </message>
    <message>
        <source>CSV</source>
        <translation>CSV</translation>
    </message>
    <message>
        <source>TSV</source>
        <translation>TSV</translation>
    </message>
    <message>
        <source>plain text</source>
        <translation>纯文本</translation>
    </message>
    <message>
        <source>folder of texts</source>
        <translation>文本文件夹</translation>
    </message>
    <message>
        <source>Parquet</source>
        <translation>Parquet</translation>
    </message>
    <message>
        <source>safetensors</source>
        <translation>safetensors</translation>
    </message>
    <message>
        <source>conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>conversations (ShareGPT)</source>
        <translation>对话 (ShareGPT)</translation>
    </message>
    <message>
        <source>prompt and completion</source>
        <translation>提示词和补全</translation>
    </message>
    <message>
        <source>instructions</source>
        <translation>指令</translation>
    </message>
    <message>
        <source>preference pairs</source>
        <translation>偏好对</translation>
    </message>
    <message>
        <source>text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>messages</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>list</source>
        <translation>列表</translation>
    </message>
    <message>
        <source>object</source>
        <translation>对象</translation>
    </message>
    <message>
        <source>number</source>
        <translation>数字</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>真或假</translation>
    </message>
    <message>
        <source>empty</source>
        <translation>空</translation>
    </message>
    <message>
        <source>mixed</source>
        <translation>混合</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Instruction</source>
        <translation>指令</translation>
    </message>
    <message>
        <source>Input</source>
        <translation>输入</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Turns before</source>
        <translation>先前轮次</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>Chosen answer</source>
        <translation>优选回答</translation>
    </message>
    <message>
        <source>Rejected answer</source>
        <translation>落选回答</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>评判</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>The list of messages, each with a role and a text.</source>
        <translation>消息列表，每条消息有角色和文本。</translation>
    </message>
    <message>
        <source>What is asked; the model reads it.</source>
        <translation>所提的要求；模型只读取。</translation>
    </message>
    <message>
        <source>Further material, put below the instruction.</source>
        <translation>补充材料，放在指令下方。</translation>
    </message>
    <message>
        <source>What the model learns to answer.</source>
        <translation>模型学习给出的回答。</translation>
    </message>
    <message>
        <source>Pairs of question and answer that come first.</source>
        <translation>排在前面的成对问答。</translation>
    </message>
    <message>
        <source>The system message at the beginning.</source>
        <translation>开头的系统消息。</translation>
    </message>
    <message>
        <source>The functions that the model may call.</source>
        <translation>模型可以调用的函数。</translation>
    </message>
    <message>
        <source>The better answer, which is learned.</source>
        <translation>较好的回答，会被学习。</translation>
    </message>
    <message>
        <source>The worse answer, which is not learned.</source>
        <translation>较差的回答，不会被学习。</translation>
    </message>
    <message>
        <source>Whether the answer is good; a bad one is not learned.</source>
        <translation>回答是否良好；不好的不会被学习。</translation>
    </message>
    <message>
        <source>All of it is learned.</source>
        <translation>全部内容都会被学习。</translation>
    </message>
    <message>
        <source>The token ids of the row.</source>
        <translation>该行的词元编号。</translation>
    </message>
    <message>
        <source>The ids to learn; −100 where nothing is.</source>
        <translation>要学习的编号；不学习之处为 −100。</translation>
    </message>
    <message>
        <source>System</source>
        <translation>系统</translation>
    </message>
    <message>
        <source>User</source>
        <translation>用户</translation>
    </message>
    <message>
        <source>Assistant</source>
        <translation>助手</translation>
    </message>
    <message>
        <source>Tool</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>Developer</source>
        <translation>开发者</translation>
    </message>
    <message>
        <source>from the model</source>
        <translation>来自模型</translation>
    </message>
    <message>
        <source>built-in ChatML</source>
        <translation>内置 ChatML</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>The assistant's messages are learned.</source>
        <translation>学习助手的消息。</translation>
    </message>
    <message>
        <source>The completion is learned, the prompt is only read.</source>
        <translation>学习补全，提示词只读取。</translation>
    </message>
    <message>
        <source>The answer is learned, the instruction is only read.</source>
        <translation>学习回答，指令只读取。</translation>
    </message>
    <message>
        <source>The chosen answer is learned, the rejected one is not.</source>
        <translation>学习优选回答，不学习落选回答。</translation>
    </message>
    <message>
        <source>Every token is learned.</source>
        <translation>每个词元都会被学习。</translation>
    </message>
    <message>
        <source>about %1 rows</source>
        <translation>约 %1 行</translation>
    </message>
    <message>
        <source>1 row</source>
        <translation>1 行</translation>
    </message>
    <message>
        <source>%1 rows</source>
        <translation>%1 行</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>缺失</translation>
    </message>
    <message>
        <source>cannot be read</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>Reading the data</source>
        <translation>读取数据</translation>
    </message>
    <message>
        <source>Tokenizing</source>
        <translation>分词</translation>
    </message>
    <message>
        <source>Checking the rows</source>
        <translation>检查各行</translation>
    </message>
    <message>
        <source>Comparing the rows</source>
        <translation>比较各行</translation>
    </message>
    <message>
        <source>Writing the copy</source>
        <translation>写入副本</translation>
    </message>
    <message>
        <source>Packing</source>
        <translation>打包</translation>
    </message>
    <message>
        <source>Looking for duplicates</source>
        <translation>查找重复项</translation>
    </message>
    <message>
        <source>Comparing training and validation</source>
        <translation>比较训练数据和验证数据</translation>
    </message>
    <message>
        <source>Waiting for another check</source>
        <translation>等待另一项检查</translation>
    </message>
</context>
<context>
    <name>Device</name>
    <message>
        <source>Its driver is too old: install NVIDIA driver 580 or later.</source>
        <translation>驱动过旧：请安装 580 或更高版本的 NVIDIA 驱动。</translation>
    </message>
    <message>
        <source>It is of an older kind: an RTX 30, A100 or newer is needed.</source>
        <translation>型号过旧：需要 RTX 30、A100 或更新的显卡。</translation>
    </message>
    <message>
        <source>This build has no GPU back end: set up nvcc 13 and build again.</source>
        <translation>此版本没有 GPU 后端：请安装 nvcc 13 并重新编译。</translation>
    </message>
    <message>
        <source>It cannot be used now; System says why.</source>
        <translation>现在不能使用；“系统”页说明原因。</translation>
    </message>
</context>
<context>
    <name>Doctor</name>
    <message>
        <source>processor</source>
        <translation>处理器</translation>
    </message>
    <message>
        <source>memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>swap</source>
        <translation>交换空间</translation>
    </message>
    <message>
        <source>huge pages</source>
        <translation>大页内存</translation>
    </message>
    <message>
        <source>governor</source>
        <translation>调频策略</translation>
    </message>
    <message>
        <source>disk</source>
        <translation>磁盘</translation>
    </message>
    <message>
        <source>driver</source>
        <translation>驱动</translation>
    </message>
    <message>
        <source>GPU</source>
        <translation>GPU</translation>
    </message>
    <message>
        <source>GPU back end</source>
        <translation>GPU 后端</translation>
    </message>
    <message>
        <source>nvcc</source>
        <translation>nvcc</translation>
    </message>
    <message>
        <source>lathe-worker</source>
        <translation>lathe-worker</translation>
    </message>
    <message>
        <source>LibTorch</source>
        <translation>LibTorch</translation>
    </message>
    <message>
        <source>resources</source>
        <translation>资源文件</translation>
    </message>
    <message>
        <source>{}, {} cores usable</source>
        <translation>{}，可用 {} 个核心</translation>
    </message>
    <message>
        <source>{} of {} available</source>
        <translation>可用 {}，共 {}</translation>
    </message>
    <message>
        <source>Close other programs before you train.</source>
        <translation>训练前请关闭其他程序。</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>{} of {} free</source>
        <translation>空闲 {}，共 {}</translation>
    </message>
    <message>
        <source>Swap is nearly full: close other programs, or the system may end a run.</source>
        <translation>交换空间将满：请关闭其他程序，否则系统可能终止训练。</translation>
    </message>
    <message>
        <source>not told by this system</source>
        <translation>系统未提供</translation>
    </message>
    <message>
        <source>transparent huge pages: {}</source>
        <translation>透明大页：{}</translation>
    </message>
    <message>
        <source>Large buffers are faster with huge pages on request.</source>
        <translation>允许按需使用大页，大块内存会更快。</translation>
    </message>
    <message>
        <source>The processor saves power and computes slower than it could.</source>
        <translation>处理器处于节能状态，计算速度低于其能力。</translation>
    </message>
    <message>
        <source>{} free for {}</source>
        <translation>空闲 {}，位置 {}</translation>
    </message>
    <message>
        <source>{} free for {}, which cannot be written</source>
        <translation>空闲 {}，但 {} 不可写</translation>
    </message>
    <message>
        <source>Choose another folder with --home.</source>
        <translation>请用 --home 选择其他文件夹。</translation>
    </message>
    <message>
        <source>Free some space, or choose another folder with --home.</source>
        <translation>请腾出空间，或用 --home 选择其他文件夹。</translation>
    </message>
    <message>
        <source>No NVIDIA driver was found. Everything runs on the processor.</source>
        <translation>未找到 NVIDIA 驱动。一切都在处理器上运行。</translation>
    </message>
    <message>
        <source>{} Everything runs on the processor.</source>
        <translation>{} 一切都在处理器上运行。</translation>
    </message>
    <message>
        <source>With an NVIDIA card: install its driver, version 580 or later.</source>
        <translation>如有 NVIDIA 显卡：请安装 580 或更高版本的驱动。</translation>
    </message>
    <message>
        <source>A restart after a driver update often helps.</source>
        <translation>更新驱动后重新启动通常有效。</translation>
    </message>
    <message>
        <source>NVIDIA driver {}</source>
        <translation>NVIDIA 驱动 {}</translation>
    </message>
    <message>
        <source>NVIDIA driver {}, too old for CUDA 13</source>
        <translation>NVIDIA 驱动 {}，对 CUDA 13 来说过旧</translation>
    </message>
    <message>
        <source>Install driver 580 or later.</source>
        <translation>请安装 580 或更高版本的驱动。</translation>
    </message>
    <message>
        <source>{}, {} of {} used</source>
        <translation>{}，已用 {}，共 {}</translation>
    </message>
    <message>
        <source>{} is of an older kind than Lathe computes on</source>
        <translation>{} 型号过旧，Lathe 不能使用</translation>
    </message>
    <message>
        <source>It needs compute capability 8.0: an RTX 30, A100 or newer.</source>
        <translation>需要计算能力 8.0：RTX 30、A100 或更新。</translation>
    </message>
    <message>
        <source>The driver runs but shows no GPU. Everything runs on the processor.</source>
        <translation>驱动正常但没有显示 GPU。一切都在处理器上运行。</translation>
    </message>
    <message>
        <source>Look at what the driver itself says.</source>
        <translation>请查看驱动自身的信息。</translation>
    </message>
    <message>
        <source>This build has no GPU back end (liblathe_cuda.so).</source>
        <translation>此版本没有 GPU 后端（liblathe_cuda.so）。</translation>
    </message>
    <message>
        <source>Set up nvcc 13 and build again.</source>
        <translation>请安装 nvcc 13 并重新编译。</translation>
    </message>
    <message>
        <source>not installed; needed only to build the GPU back end from source</source>
        <translation>未安装；仅在从源码编译 GPU 后端时需要</translation>
    </message>
    <message>
        <source>{} is missing: nothing can be trained or generated</source>
        <translation>缺少 {}：无法训练或生成</translation>
    </message>
    <message>
        <source>Build it again.</source>
        <translation>请重新编译。</translation>
    </message>
    <message>
        <source>linked into lathe-worker by its build path</source>
        <translation>由编译路径链接到 lathe-worker</translation>
    </message>
    <message>
        <source>not found</source>
        <translation>未找到</translation>
    </message>
    <message>
        <source>Set it up.</source>
        <translation>请安装。</translation>
    </message>
    <message>
        <source>{} holds no models: the bundled model is missing</source>
        <translation>{} 中没有模型：缺少随附模型</translation>
    </message>
</context>
<context>
    <name>Drop</name>
    <message>
        <source>%1 is a part of a model; drop the folder that it is in.</source>
        <translation>%1 是模型的一部分；请拖入它所在的文件夹。</translation>
    </message>
    <message>
        <source>Starts a conversation with %1.</source>
        <translation>开始与 %1 对话。</translation>
    </message>
    <message>
        <source>%1 becomes the base model of the next run.</source>
        <translation>将 %1 设为下一次训练的基础模型。</translation>
    </message>
    <message>
        <source>Starts a conversation with %1 beside its base model.</source>
        <translation>开始与 %1 对话，并与其基础模型并排显示。</translation>
    </message>
    <message>
        <source>The next run goes on training %1.</source>
        <translation>下一次训练将继续训练 %1。</translation>
    </message>
    <message>
        <source>%1 becomes the training data of the next run.</source>
        <translation>将 %1 设为下一次训练的训练数据。</translation>
    </message>
    <message>
        <source>%1 files become the training data of the next run.</source>
        <translation>将 %1 个文件设为下一次训练的训练数据。</translation>
    </message>
    <message>
        <source>Opens the run %1, or its specification where the run is not of this home.</source>
        <translation>打开训练 %1；若它不属于当前主文件夹，则打开其配置。</translation>
    </message>
    <message>
        <source>The form is filled from %1.</source>
        <translation>用 %1 填写表单。</translation>
    </message>
    <message>
        <source>%1 is not there any more.</source>
        <translation>%1 已不存在。</translation>
    </message>
    <message>
        <source>Only files and folders of this computer can be dropped here.</source>
        <translation>此处只能拖入本机的文件和文件夹。</translation>
    </message>
    <message>
        <source>This window works on another machine: copy it there first and type its path.</source>
        <translation>此窗口正在另一台机器上工作：请先将其复制到那台机器，再输入路径。</translation>
    </message>
    <message>
        <source>Drop one model, adapter, run or specification at a time; only datasets go together.</source>
        <translation>每次只能拖入一个模型、适配器、训练或配置；只有数据集可以一起拖入。</translation>
    </message>
    <message>
        <source>The base model that %1 names is not on this computer.</source>
        <translation>%1 所指定的基础模型不在本机上。</translation>
    </message>
    <message>
        <source>%1 is neither a model (config.json), an adapter (adapter_config.json), a run (spec.json) nor a folder of data files.</source>
        <translation>%1 既不是模型 (config.json)、适配器 (adapter_config.json)、训练 (spec.json)，也不是数据文件的文件夹。</translation>
    </message>
    <message>
        <source>%1 is no dataset that Lathe reads: it reads JSON, JSON lines, CSV, TSV, Parquet and text, also packed by gzip or zstd.</source>
        <translation>%1 不是 Lathe 能读取的数据集：可读取 JSON、JSON lines、CSV、TSV、Parquet 和文本，也可用 gzip 或 zstd 压缩。</translation>
    </message>
    <message>
        <source>Adds %1 to the list of models.</source>
        <translation>将 %1 添加到模型列表。</translation>
    </message>
    <message>
        <source>Adds %1 models and adapters to the list.</source>
        <translation>将 %1 个模型和适配器添加到列表。</translation>
    </message>
</context>
<context>
    <name>Engine</name>
    <message>
        <source>"{}" should be an object with options but is {}.</source>
        <translation>“{}” 应为包含选项的对象，实际为 {}。</translation>
    </message>
    <message>
        <source>"{}" is not an option. Did you mean "{}"?</source>
        <translation>“{}” 不是选项。您是否想输入 “{}”？</translation>
    </message>
    <message>
        <source>"{}" is not an option.</source>
        <translation>“{}” 不是选项。</translation>
    </message>
    <message>
        <source>{} is not possible for "{}"; choose one of: {}.</source>
        <translation>{} 不能用于 “{}”；请选择以下之一：{}。</translation>
    </message>
    <message>
        <source>"{}" should be {} but is {}.</source>
        <translation>“{}” 应为 {}，实际为 {}。</translation>
    </message>
    <message>
        <source>"{}" is {}; it must lie between {} and {}.</source>
        <translation>“{}” 为 {}；必须在 {} 和 {} 之间。</translation>
    </message>
    <message>
        <source>"{}" should hold texts only, not {}.</source>
        <translation>“{}” 只能包含文本，不能包含 {}。</translation>
    </message>
    <message>
        <source>There are {} probe prompts and at most {} are possible. Remove some.</source>
        <translation>有 {} 条探测提示词，最多允许 {} 条。请移除一些。</translation>
    </message>
    <message>
        <source>Probe prompt {} is empty. Write something in it or remove it.</source>
        <translation>探测提示词 {} 为空。请填写内容或将其移除。</translation>
    </message>
    <message>
        <source>No model is chosen: set "model.path" to a model folder.</source>
        <translation>未选择模型：请将 “model.path” 设为模型文件夹。</translation>
    </message>
    <message>
        <source>"model.path" and "model.config" exclude each other: train from a model or from scratch.</source>
        <translation>“model.path” 和 “model.config” 不能同时使用：要么从已有模型训练，要么从头训练。</translation>
    </message>
    <message>
        <source>Training from scratch needs both "model.config" and "model.init": "random".</source>
        <translation>从头训练需要设置 “model.config”，并将 “model.init” 设为 “random”。</translation>
    </message>
    <message>
        <source>Training from scratch needs "method.type": "full": there are no weights to adapt yet.</source>
        <translation>从头训练需要将 “method.type” 设为 “full”：还没有可供适配的权重。</translation>
    </message>
    <message>
        <source>This version trains unquantized weights only; set "model.quantization" to null.</source>
        <translation>此版本只训练未量化的权重；请将 “model.quantization” 设为 null。</translation>
    </message>
    <message>
        <source>DoRA training is not in this version; use LoRA or rsLoRA.</source>
        <translation>此版本不支持 DoRA 训练；请使用 LoRA 或 rsLoRA。</translation>
    </message>
    <message>
        <source>No training data is chosen: add a file to "data.train".</source>
        <translation>未选择训练数据：请在 “data.train” 中添加文件。</translation>
    </message>
    <message>
        <source>A dataset entry has no path.</source>
        <translation>有一个数据集条目没有路径。</translation>
    </message>
    <message>
        <source>"{}" is not possible; use auto, none, all, every-N or offload.</source>
        <translation>“{}” 不可用；请使用 auto、none、all、every-N 或 offload。</translation>
    </message>
    <message>
        <source>"{}" is no device; use auto, cpu, cuda or cuda:N.</source>
        <translation>“{}” 不是设备；请使用 auto、cpu、cuda 或 cuda:N。</translation>
    </message>
    <message>
        <source>Choose one of validation share, number of rows, or file.</source>
        <translation>请在验证比例、行数和文件中选择一种。</translation>
    </message>
    <message>
        <source>Full training does not start from an adapter; merge it first with `lathe merge`.</source>
        <translation>全量训练不能从适配器开始；请先用 `lathe merge` 合并。</translation>
    </message>
    <message>
        <source>A learning rate of {} is unusually high; LoRA usually works between 1e-5 and 5e-4.</source>
        <translation>学习率 {} 异常偏高；LoRA 通常在 1e-5 到 5e-4 之间效果较好。</translation>
    </message>
    <message>
        <source>A row may have {} tokens but a microbatch holds {}; such rows get a microbatch of their own.</source>
        <translation>一行最多可有 {} 个词元，而一个微批只能容纳 {} 个；这样的行会单独占用一个微批。</translation>
    </message>
    <message>
        <source>The last message is still being answered. Stop it first, or wait.</source>
        <translation>上一条消息仍在回答中。请先停止，或等待。</translation>
    </message>
    <message>
        <source>Every pane needs a model.</source>
        <translation>每个窗格都需要一个模型。</translation>
    </message>
    <message>
        <source>A message has 1 to {} bytes.</source>
        <translation>消息长度须为 1 到 {} 字节。</translation>
    </message>
    <message>
        <source>A run's name has 1 to 200 bytes.</source>
        <translation>训练名称的长度须为 1 到 200 字节。</translation>
    </message>
    <message>
        <source>The run is being worked on. Stop it first.</source>
        <translation>训练正在处理中。请先停止。</translation>
    </message>
    <message>
        <source>The run is in the bin. Restore it first.</source>
        <translation>训练在回收站中。请先还原。</translation>
    </message>
    <message>
        <source>The run still waits for its turn.</source>
        <translation>训练仍在排队等待。</translation>
    </message>
    <message>
        <source>The run is {}; nothing works on it.</source>
        <translation>训练的状态为 {}；没有进程在处理它。</translation>
    </message>
    <message>
        <source>The run is {}; only a stopped, failed or interrupted run can be resumed.</source>
        <translation>训练的状态为 {}；只有已停止、失败或已中断的训练才能恢复。</translation>
    </message>
    <message>
        <source>{} exists already, so the run cannot be put back.</source>
        <translation>{} 已存在，因此无法还原训练。</translation>
    </message>
    <message>
        <source>{} is there already. Choose another name; nothing is overwritten.</source>
        <translation>{} 已存在。请另选名称；不会覆盖任何内容。</translation>
    </message>
    <message>
        <source>There is no run "{}".</source>
        <translation>没有训练“{}”。</translation>
    </message>
    <message>
        <source>There is no chat {}.</source>
        <translation>没有对话 {}。</translation>
    </message>
    <message>
        <source>There is no folder {}.</source>
        <translation>没有文件夹 {}。</translation>
    </message>
    <message>
        <source>{} does not exist.</source>
        <translation>{} 不存在。</translation>
    </message>
    <message>
        <source>{} cannot be read.</source>
        <translation>无法读取 {}。</translation>
    </message>
    <message>
        <source>{} has no tokenizer. Put the tokenizer.json of the model into its folder.</source>
        <translation>{} 没有分词器。请将模型的 tokenizer.json 放入其文件夹。</translation>
    </message>
    <message>
        <source>{} has no chat template.</source>
        <translation>{} 没有对话模板。</translation>
    </message>
    <message>
        <source>{} has no licence file.</source>
        <translation>{} 没有许可证文件。</translation>
    </message>
    <message>
        <source>No answer to {} within {} s.</source>
        <translation>{} 未在 {} 秒内得到响应。</translation>
    </message>
    <message>
        <source>The engine is not reachable at the moment. The window reconnects by itself.</source>
        <translation>目前无法连接引擎。窗口会自动重新连接。</translation>
    </message>
    <message>
        <source>The engine does not answer: {}.</source>
        <translation>引擎没有响应：{}。</translation>
    </message>
    <message>
        <source>The engine cannot be started: {}.</source>
        <translation>无法启动引擎：{}。</translation>
    </message>
    <message>
        <source>The engine did not start within {} s. Its log is {}/engine.log.</source>
        <translation>引擎未能在 {} 秒内启动。其日志为 {}/engine.log。</translation>
    </message>
    <message>
        <source>The connection was lost: {}. Try again; the engine starts by itself.</source>
        <translation>连接已断开：{}。请重试；引擎会自动启动。</translation>
    </message>
    <message>
        <source>This side speaks protocol {} and the other one {}. Update both to the same version of Lathe.</source>
        <translation>本端使用协议 {}，对端使用 {}。请将两端更新到相同版本的 Lathe。</translation>
    </message>
</context>
<context>
    <name>Format</name>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation>%1 分 %2 秒</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 分钟</translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 小时 %2 分</translation>
    </message>
    <message>
        <source>%1 d %2 h</source>
        <translation>%1 天 %2 小时</translation>
    </message>
    <message>
        <source>%1 left</source>
        <translation>剩余 %1</translation>
    </message>
    <message>
        <source>%1 tok/s</source>
        <translation>%1 词元/秒</translation>
    </message>
    <message>
        <source>yesterday %1</source>
        <translation>昨天 %1</translation>
    </message>
    <message>
        <source>d MMM</source>
        <translation>M月d日</translation>
    </message>
    <message>
        <source>d MMM yyyy</source>
        <translation>yyyy年M月d日</translation>
    </message>
    <message>
        <source>now</source>
        <translation>现在</translation>
    </message>
</context>
<context>
    <name>Library</name>
    <message>
        <source>adapter</source>
        <translation>适配器</translation>
    </message>
    <message>
        <source>comes with Lathe</source>
        <translation>随 Lathe 提供</translation>
    </message>
    <message>
        <source>base model</source>
        <translation>基础模型</translation>
    </message>
    <message>
        <source>trained here</source>
        <translation>在此训练</translation>
    </message>
    <message>
        <source>converted here</source>
        <translation>在此转换</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>缺失</translation>
    </message>
    <message>
        <source>not usable</source>
        <translation>不可用</translation>
    </message>
    <message>
        <source>with remarks</source>
        <translation>有提示</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>Hugging Face cache</source>
        <translation>Hugging Face 缓存</translation>
    </message>
    <message>
        <source>llama.cpp cache</source>
        <translation>llama.cpp 缓存</translation>
    </message>
    <message>
        <source>scalar</source>
        <translation>标量</translation>
    </message>
    <message>
        <source>Opening the model</source>
        <translation>打开模型</translation>
    </message>
    <message>
        <source>Reading the tensor</source>
        <translation>读取张量</translation>
    </message>
    <message>
        <source>Writing</source>
        <translation>写入</translation>
    </message>
    <message>
        <source>Merging: this takes as long as reading and writing the model</source>
        <translation>合并：所需时间与读写整个模型相同</translation>
    </message>
</context>
<context>
    <name>Memory</name>
    <message>
        <source>Weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>Adapters</source>
        <translation>适配器</translation>
    </message>
    <message>
        <source>Gradients</source>
        <translation>梯度</translation>
    </message>
    <message>
        <source>Optimizer</source>
        <translation>优化器</translation>
    </message>
    <message>
        <source>Stash</source>
        <translation>激活暂存</translation>
    </message>
    <message>
        <source>Workspace</source>
        <translation>工作区</translation>
    </message>
    <message>
        <source>Other programs</source>
        <translation>其他程序</translation>
    </message>
    <message>
        <source>Masters</source>
        <translation>主权重</translation>
    </message>
    <message>
        <source>Cache</source>
        <translation>缓存</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>驱动上下文</translation>
    </message>
    <message>
        <source>Held, free</source>
        <translation>已保留未用</translation>
    </message>
    <message>
        <source>Not attributed</source>
        <translation>未归类</translation>
    </message>
</context>
<context>
    <name>MemoryHelp</name>
    <message>
        <source>The model's matrices. Smaller with a smaller model or bfloat16.</source>
        <translation>模型的权重矩阵。换小一些的模型或使用 bfloat16 可减少。</translation>
    </message>
    <message>
        <source>The adapter's values and the room for them. Smaller with a lower rank.</source>
        <translation>适配器的数值及为其预留的空间。降低秩可减少。</translation>
    </message>
    <message>
        <source>Exact copies of what is trained. Smaller with a lower rank, or LoRA instead of full training.</source>
        <translation>被训练参数的高精度副本。降低秩，或以 LoRA 代替全量训练可减少。</translation>
    </message>
    <message>
        <source>One number for each trained one. Smaller with a lower rank.</source>
        <translation>每个被训练的参数对应一个梯度。降低秩可减少。</translation>
    </message>
    <message>
        <source>The optimizer's two averages. Smaller with a lower rank.</source>
        <translation>优化器的两组滑动平均。降低秩可减少。</translation>
    </message>
    <message>
        <source>What the forward pass keeps for the backward pass. Smaller with recomputation, shorter sequences or smaller microbatches.</source>
        <translation>前向计算为反向计算保留的内容。重算、缩短序列或减小微批可减少。</translation>
    </message>
    <message>
        <source>Intermediate results. Smaller with smaller microbatches.</source>
        <translation>中间结果。减小微批可减少。</translation>
    </message>
    <message>
        <source>Keys and values of replies. Smaller with fewer or shorter conversations.</source>
        <translation>回复所用的键和值。减少或缩短对话可减少。</translation>
    </message>
    <message>
        <source>What the driver keeps for the program itself.</source>
        <translation>驱动为本程序自身保留的部分。</translation>
    </message>
    <message>
        <source>Kept for the next step, given back when memory runs short.</source>
        <translation>为下一步保留，内存不足时归还。</translation>
    </message>
    <message>
        <source>Lathe's own, of no known purpose.</source>
        <translation>属于 Lathe，但用途未知。</translation>
    </message>
    <message>
        <source>Used by programs other than Lathe.</source>
        <translation>由 Lathe 以外的程序占用。</translation>
    </message>
</context>
<context>
    <name>QDialog</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>OK</source>
        <translation>确定</translation>
    </message>
</context>
<context>
    <name>Recipes</name>
    <message>
        <source>Plenty of resources</source>
        <translation>资源充足</translation>
    </message>
    <message>
        <source>LoRA r16 · nothing recomputed</source>
        <translation>LoRA r16 · 不重算</translation>
    </message>
    <message>
        <source>Scarce resources</source>
        <translation>资源紧张</translation>
    </message>
    <message>
        <source>LoRA r8 · recompute · small batch</source>
        <translation>LoRA r8 · 重算 · 小批次</translation>
    </message>
    <message>
        <source>Every weight</source>
        <translation>全部权重</translation>
    </message>
    <message>
        <source>full training · lower rate</source>
        <translation>全量训练 · 较低学习率</translation>
    </message>
    <message>
        <source>First try</source>
        <translation>初次尝试</translation>
    </message>
    <message>
        <source>the model and data that come along</source>
        <translation>随附的模型和数据</translation>
    </message>
</context>
<context>
    <name>RunAlert</name>
    <message>
        <source>The loss was not a number in {} steps so far, last at step {}.</source>
        <translation>到目前为止有 {} 步的损失不是数值，最近一次在第 {} 步。</translation>
    </message>
    <message>
        <source>Such a step changes no weights. Lower the learning rate if it goes on.</source>
        <translation>这样的步不改变权重。如果持续出现，请降低学习率。</translation>
    </message>
    <message>
        <source>The loss rises: {} over the last 20 steps, and it was {} at step {}.</source>
        <translation>损失上升：最近 20 步为 {}，而此前为 {}（第 {} 步）。</translation>
    </message>
    <message>
        <source>Start again with a lower learning rate.</source>
        <translation>请用较低的学习率重新开始。</translation>
    </message>
    <message>
        <source>The loss has not fallen for {} steps: it was {} and is {}.</source>
        <translation>损失已有 {} 步没有下降：之前为 {}，现在为 {}。</translation>
    </message>
    <message>
        <source>Stop it and keep what is saved, or try another learning rate.</source>
        <translation>请停止训练并保留已保存的内容，或尝试其他学习率。</translation>
    </message>
    <message>
        <source>The validation loss rises while the training loss falls: {} now, {} at step {}.</source>
        <translation>训练损失下降而验证损失上升：现在为 {}，此前为 {}（第 {} 步）。</translation>
    </message>
    <message>
        <source>Stop it: the best checkpoint is kept. Fewer epochs or more data help.</source>
        <translation>请停止训练：最佳检查点会保留。减少轮次或增加数据会有帮助。</translation>
    </message>
    <message>
        <source>The gradient has been zero for {} steps: nothing is learned.</source>
        <translation>梯度已连续 {} 步为零：没有学到任何内容。</translation>
    </message>
    <message>
        <source>Check the target modules, and that the data has supervised tokens.</source>
        <translation>请检查目标模块，并确认数据中有参与学习的词元。</translation>
    </message>
    <message>
        <source>This run computes on the processor although there is a GPU: {}.</source>
        <translation>虽然有 GPU，这次训练仍在处理器上计算：{}。</translation>
    </message>
    <message>
        <source>The System page says what is missing.</source>
        <translation>“系统”页说明缺少什么。</translation>
    </message>
    <message>
        <source>Not a number</source>
        <translation>损失不是数值</translation>
    </message>
    <message>
        <source>The loss rises</source>
        <translation>损失上升</translation>
    </message>
    <message>
        <source>No more progress</source>
        <translation>不再有进展</translation>
    </message>
    <message>
        <source>Overfitting</source>
        <translation>过拟合</translation>
    </message>
    <message>
        <source>Nothing is learned</source>
        <translation>没有学到内容</translation>
    </message>
    <message>
        <source>Not on the GPU</source>
        <translation>未使用 GPU</translation>
    </message>
</context>
<context>
    <name>RunEndings</name>
    <message>
        <source>Validation loss %1.</source>
        <translation>验证损失 %1。</translation>
    </message>
    <message>
        <source>Loss %1.</source>
        <translation>损失 %1。</translation>
    </message>
    <message>
        <source>Step %1 of %2.</source>
        <translation>第 %1 步，共 %2 步。</translation>
    </message>
    <message>
        <source>%1 is finished</source>
        <translation>%1 已完成</translation>
    </message>
    <message>
        <source>%1 has stopped</source>
        <translation>%1 已停止</translation>
    </message>
    <message>
        <source>%1 has failed</source>
        <translation>%1 失败</translation>
    </message>
    <message>
        <source>%1 was interrupted</source>
        <translation>%1 已中断</translation>
    </message>
    <message>
        <source>It can be resumed from its last checkpoint.</source>
        <translation>可从最后一个检查点恢复。</translation>
    </message>
</context>
<context>
    <name>RunState</name>
    <message>
        <source>queued</source>
        <translation>排队中</translation>
    </message>
    <message>
        <source>preparing</source>
        <translation>准备中</translation>
    </message>
    <message>
        <source>running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>stopping</source>
        <translation>正在停止</translation>
    </message>
    <message>
        <source>finished</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>已中断</translation>
    </message>
</context>
<context>
    <name>TrainChoice</name>
    <message>
        <source>LoRA</source>
        <translation>LoRA</translation>
    </message>
    <message>
        <source>Full</source>
        <translation>全量</translation>
    </message>
    <message>
        <source>automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>all</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>from the model</source>
        <translation>来自模型</translation>
    </message>
    <message>
        <source>random</source>
        <translation>随机</translation>
    </message>
    <message>
        <source>replies</source>
        <translation>回复</translation>
    </message>
    <message>
        <source>completions</source>
        <translation>补全</translation>
    </message>
    <message>
        <source>shuffled</source>
        <translation>打乱</translation>
    </message>
    <message>
        <source>in order</source>
        <translation>按顺序</translation>
    </message>
    <message>
        <source>cosine</source>
        <translation>余弦</translation>
    </message>
    <message>
        <source>linear</source>
        <translation>线性</translation>
    </message>
    <message>
        <source>constant</source>
        <translation>恒定</translation>
    </message>
    <message>
        <source>cut the end</source>
        <translation>截断末尾</translation>
    </message>
    <message>
        <source>cut the beginning</source>
        <translation>截断开头</translation>
    </message>
    <message>
        <source>split into pieces</source>
        <translation>拆分成段</translation>
    </message>
    <message>
        <source>leave out</source>
        <translation>略过</translation>
    </message>
    <message>
        <source>best fit</source>
        <translation>最佳适配</translation>
    </message>
    <message>
        <source>first fit</source>
        <translation>首次适配</translation>
    </message>
    <message>
        <source>as they come</source>
        <translation>按出现顺序</translation>
    </message>
</context>
<context>
    <name>TrainOption</name>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Shown in the list of runs.</source>
        <translation>显示在训练列表中。</translation>
    </message>
    <message>
        <source>Nothing in the computation.</source>
        <translation>不影响计算。</translation>
    </message>
    <message>
        <source>Base model</source>
        <translation>基础模型</translation>
    </message>
    <message>
        <source>A Hugging Face model folder.</source>
        <translation>Hugging Face 模型文件夹。</translation>
    </message>
    <message>
        <source>Its size sets memory and speed.</source>
        <translation>其大小决定内存和速度。</translation>
    </message>
    <message>
        <source>Compute in</source>
        <translation>计算精度</translation>
    </message>
    <message>
        <source>Number format of weights and activations.</source>
        <translation>权重和激活值的数字格式。</translation>
    </message>
    <message>
        <source>bfloat16 halves the memory of float32; on a CPU float32 is usually faster.</source>
        <translation>bfloat16 的内存是 float32 的一半；在处理器上 float32 通常更快。</translation>
    </message>
    <message>
        <source>Configuration</source>
        <translation>模型配置</translation>
    </message>
    <message>
        <source>From scratch: the config.json that gives the new model its shape.</source>
        <translation>从头训练：决定新模型结构的 config.json。</translation>
    </message>
    <message>
        <source>Leave empty to go on from a model.</source>
        <translation>留空则从已有模型继续。</translation>
    </message>
    <message>
        <source>Initial weights</source>
        <translation>初始权重</translation>
    </message>
    <message>
        <source>From scratch: "random" draws them from the configuration's initializer_range.</source>
        <translation>从头训练：“random” 按配置的 initializer_range 随机生成。</translation>
    </message>
    <message>
        <source>Only together with a configuration.</source>
        <translation>只能与模型配置一起使用。</translation>
    </message>
    <message>
        <source>Tokenizer</source>
        <translation>分词器</translation>
    </message>
    <message>
        <source>From scratch: folder or tokenizer.json to use.</source>
        <translation>从头训练：使用的文件夹或 tokenizer.json。</translation>
    </message>
    <message>
        <source>Its vocabulary must fit the configuration.</source>
        <translation>词表必须与模型配置相符。</translation>
    </message>
    <message>
        <source>Quantization</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>Weight format during training; null keeps the model's own.</source>
        <translation>训练时的权重格式；null 保持模型原有格式。</translation>
    </message>
    <message>
        <source>This version trains unquantized weights only.</source>
        <translation>此版本只训练未量化的权重。</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>LoRA trains small adapters, full trains every weight.</source>
        <translation>LoRA 训练小型适配器，全量训练每个权重。</translation>
    </message>
    <message>
        <source>Full needs about 16 bytes a parameter; LoRA a few percent of that.</source>
        <translation>全量训练每个参数约需 16 字节；LoRA 只需其百分之几。</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>秩</translation>
    </message>
    <message>
        <source>Inner dimension of each adapter.</source>
        <translation>每个适配器的内部维度。</translation>
    </message>
    <message>
        <source>Doubling it doubles adapter memory and adds a little time.</source>
        <translation>加倍则适配器内存加倍，时间略增。</translation>
    </message>
    <message>
        <source>Alpha</source>
        <translation>Alpha</translation>
    </message>
    <message>
        <source>Adapters are scaled by alpha / rank.</source>
        <translation>适配器按 alpha / 秩 缩放。</translation>
    </message>
    <message>
        <source>Acts like a learning rate for the adapter.</source>
        <translation>作用类似适配器的学习率。</translation>
    </message>
    <message>
        <source>Dropout</source>
        <translation>随机失活</translation>
    </message>
    <message>
        <source>Share of adapter inputs set to zero during training.</source>
        <translation>训练时置零的适配器输入比例。</translation>
    </message>
    <message>
        <source>0.05–0.1 can help on small data; costs a little time.</source>
        <translation>0.05–0.1 对小数据集可能有帮助；略增时间。</translation>
    </message>
    <message>
        <source>rsLoRA</source>
        <translation>rsLoRA</translation>
    </message>
    <message>
        <source>Scale by alpha / √rank instead of alpha / rank.</source>
        <translation>按 alpha / √秩 而不是 alpha / 秩 缩放。</translation>
    </message>
    <message>
        <source>Keeps high ranks from learning too slowly.</source>
        <translation>避免高秩时学习过慢。</translation>
    </message>
    <message>
        <source>DoRA</source>
        <translation>DoRA</translation>
    </message>
    <message>
        <source>Learn magnitude and direction separately.</source>
        <translation>分别学习大小和方向。</translation>
    </message>
    <message>
        <source>Not in this version.</source>
        <translation>此版本不支持。</translation>
    </message>
    <message>
        <source>Target modules</source>
        <translation>目标模块</translation>
    </message>
    <message>
        <source>Linear layers that get an adapter; "all-linear" means every one in the blocks.</source>
        <translation>加适配器的线性层；“all-linear” 表示各块中的全部线性层。</translation>
    </message>
    <message>
        <source>Fewer modules train faster and learn less.</source>
        <translation>模块越少训练越快，学到的也越少。</translation>
    </message>
    <message>
        <source>Except</source>
        <translation>排除</translation>
    </message>
    <message>
        <source>Modules that get none although they match.</source>
        <translation>虽匹配但不加适配器的模块。</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Layer numbers from 0; empty means all.</source>
        <translation>层号从 0 开始；留空表示全部。</translation>
    </message>
    <message>
        <source>Fewer layers train faster.</source>
        <translation>层越少训练越快。</translation>
    </message>
    <message>
        <source>Rank by module</source>
        <translation>按模块设秩</translation>
    </message>
    <message>
        <source>Module name → rank, where it differs.</source>
        <translation>模块名 → 秩（不同之处）。</translation>
    </message>
    <message>
        <source>Alpha by module</source>
        <translation>按模块设 Alpha</translation>
    </message>
    <message>
        <source>Module name → alpha, where it differs.</source>
        <translation>模块名 → alpha（不同之处）。</translation>
    </message>
    <message>
        <source>Go on from adapter</source>
        <translation>从适配器继续</translation>
    </message>
    <message>
        <source>PEFT adapter folder whose weights and configuration are the start.</source>
        <translation>作为起点的 PEFT 适配器文件夹。</translation>
    </message>
    <message>
        <source>Rank, alpha and modules come from that adapter.</source>
        <translation>秩、alpha 和模块取自该适配器。</translation>
    </message>
    <message>
        <source>Training data</source>
        <translation>训练数据</translation>
    </message>
    <message>
        <source>JSONL, JSON, CSV or text files, also gzip; chat, Alpaca or plain text.</source>
        <translation>JSONL、JSON、CSV 或文本文件（也可为 gzip）；对话、Alpaca 或纯文本。</translation>
    </message>
    <message>
        <source>More data takes proportionally longer.</source>
        <translation>数据越多，用时按比例增加。</translation>
    </message>
    <message>
        <source>Validation share</source>
        <translation>验证比例</translation>
    </message>
    <message>
        <source>Part of the rows kept out of training to measure on.</source>
        <translation>不参与训练、用于评估的行的比例。</translation>
    </message>
    <message>
        <source>Shows overfitting; those rows are not learned.</source>
        <translation>可看出过拟合；这些行不会被学习。</translation>
    </message>
    <message>
        <source>Validation rows</source>
        <translation>验证行数</translation>
    </message>
    <message>
        <source>A fixed number instead of a share; 0 uses the share.</source>
        <translation>用固定行数代替比例；0 表示使用比例。</translation>
    </message>
    <message>
        <source>rows</source>
        <translation>行</translation>
    </message>
    <message>
        <source>Validation file</source>
        <translation>验证文件</translation>
    </message>
    <message>
        <source>A file of its own instead of a split.</source>
        <translation>用单独的文件代替划分。</translation>
    </message>
    <message>
        <source>Chat template</source>
        <translation>对话模板</translation>
    </message>
    <message>
        <source>auto takes the model's; chatml or a .jinja file otherwise.</source>
        <translation>auto 使用模型自带的；也可用 chatml 或 .jinja 文件。</translation>
    </message>
    <message>
        <source>Must be the one the model will be used with.</source>
        <translation>必须与模型使用时的模板一致。</translation>
    </message>
    <message>
        <source>Sequence length</source>
        <translation>序列长度</translation>
    </message>
    <message>
        <source>Attention time grows with its square.</source>
        <translation>注意力时间随其平方增长。</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Packing</source>
        <translation>打包</translation>
    </message>
    <message>
        <source>Rows share a batch without padding and without seeing each other.</source>
        <translation>多行共用一个批次，不填充，互不可见。</translation>
    </message>
    <message>
        <source>Always on: a padded path does not exist.</source>
        <translation>始终开启：没有填充的路径。</translation>
    </message>
    <message>
        <source>Learn from</source>
        <translation>学习内容</translation>
    </message>
    <message>
        <source>Which tokens count in the loss.</source>
        <translation>哪些词元计入损失。</translation>
    </message>
    <message>
        <source>assistant: replies only; all: every token.</source>
        <translation>assistant：仅回复；all：每个词元。</translation>
    </message>
    <message>
        <source>Order</source>
        <translation>顺序</translation>
    </message>
    <message>
        <source>shuffle draws a new order every epoch from the seed.</source>
        <translation>shuffle 每轮由种子生成新顺序。</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>Optimizer steps; empty uses the epochs.</source>
        <translation>优化步数；留空则按轮次。</translation>
    </message>
    <message>
        <source>Time grows in proportion.</source>
        <translation>时间按比例增加。</translation>
    </message>
    <message>
        <source>steps</source>
        <translation>步</translation>
    </message>
    <message>
        <source>Epochs</source>
        <translation>轮次</translation>
    </message>
    <message>
        <source>Passes over the training rows.</source>
        <translation>遍历训练数据的次数。</translation>
    </message>
    <message>
        <source>Time grows in proportion; many passes overfit.</source>
        <translation>时间按比例增加；次数过多会过拟合。</translation>
    </message>
    <message>
        <source>Tokens per microbatch</source>
        <translation>每微批词元数</translation>
    </message>
    <message>
        <source>Most tokens computed at once; the rest is accumulated.</source>
        <translation>一次计算的最多词元数；其余累积。</translation>
    </message>
    <message>
        <source>Less saves memory, more is faster.</source>
        <translation>越少越省内存，越多越快。</translation>
    </message>
    <message>
        <source>Sequences per step</source>
        <translation>每步序列数</translation>
    </message>
    <message>
        <source>Rows per optimizer step; "all" takes the whole data.</source>
        <translation>每个优化步的行数；“all” 使用全部数据。</translation>
    </message>
    <message>
        <source>The effective batch size; memory does not change.</source>
        <translation>有效批大小；内存不变。</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Highest value of the schedule.</source>
        <translation>学习率计划的最高值。</translation>
    </message>
    <message>
        <source>Too high diverges, too low learns slowly.</source>
        <translation>过高会发散，过低学得慢。</translation>
    </message>
    <message>
        <source>Schedule</source>
        <translation>学习率计划</translation>
    </message>
    <message>
        <source>How the learning rate falls.</source>
        <translation>学习率如何下降。</translation>
    </message>
    <message>
        <source>Warm-up share</source>
        <translation>预热比例</translation>
    </message>
    <message>
        <source>Part of the steps in which the rate rises from 0.</source>
        <translation>学习率从 0 上升的步数比例。</translation>
    </message>
    <message>
        <source>Steadies the start.</source>
        <translation>使开始阶段更平稳。</translation>
    </message>
    <message>
        <source>Warm-up steps</source>
        <translation>预热步数</translation>
    </message>
    <message>
        <source>A fixed number instead of a share.</source>
        <translation>用固定步数代替比例。</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>权重衰减</translation>
    </message>
    <message>
        <source>Decoupled, as in AdamW.</source>
        <translation>解耦式，同 AdamW。</translation>
    </message>
    <message>
        <source>Pulls trained weights towards 0.</source>
        <translation>使训练的权重趋向 0。</translation>
    </message>
    <message>
        <source>Optimizer</source>
        <translation>优化器</translation>
    </message>
    <message>
        <source>AdamW with float32 state.</source>
        <translation>AdamW，状态为 float32。</translation>
    </message>
    <message>
        <source>8 bytes a trained parameter.</source>
        <translation>每个训练参数 8 字节。</translation>
    </message>
    <message>
        <source>Betas</source>
        <translation>Beta 系数</translation>
    </message>
    <message>
        <source>AdamW's two decay rates.</source>
        <translation>AdamW 的两个衰减率。</translation>
    </message>
    <message>
        <source>Epsilon</source>
        <translation>Epsilon</translation>
    </message>
    <message>
        <source>AdamW's guard against division by zero.</source>
        <translation>AdamW 防止除以零的小量。</translation>
    </message>
    <message>
        <source>Clip gradients at</source>
        <translation>梯度裁剪</translation>
    </message>
    <message>
        <source>Global norm above which gradients are scaled down; null never.</source>
        <translation>全局范数超过该值时缩小梯度；null 表示不裁剪。</translation>
    </message>
    <message>
        <source>Keeps one bad batch from wrecking the run.</source>
        <translation>避免一个坏批次毁掉训练。</translation>
    </message>
    <message>
        <source>Recompute</source>
        <translation>重算</translation>
    </message>
    <message>
        <source>auto | none | all | every-N | offload: which layers are computed again in the backward pass; offload: all, and their inputs wait in the computer's memory.</source>
        <translation>auto | none | all | every-N | offload：反向传播中重新计算哪些层；offload：全部重新计算，其输入暂存于主机内存。</translation>
    </message>
    <message>
        <source>Saves most activation memory for about a third more time.</source>
        <translation>多用约三分之一时间，节省大部分激活内存。</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Order, dropout and initial adapters follow from it.</source>
        <translation>决定数据顺序、随机失活和初始适配器。</translation>
    </message>
    <message>
        <source>Deterministic</source>
        <translation>确定性</translation>
    </message>
    <message>
        <source>The same machine gives the same run, bit for bit.</source>
        <translation>同一台机器得到逐位相同的训练。</translation>
    </message>
    <message>
        <source>Can cost a little speed.</source>
        <translation>可能略降速度。</translation>
    </message>
    <message>
        <source>Save every</source>
        <translation>保存间隔</translation>
    </message>
    <message>
        <source>Steps between checkpoints; 0 saves only at the end.</source>
        <translation>检查点之间的步数；0 表示只在结束时保存。</translation>
    </message>
    <message>
        <source>A crash loses at most this much.</source>
        <translation>崩溃时最多损失这么多。</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>Newest checkpoints that stay, beside the best one.</source>
        <translation>除最佳外保留的最新检查点数。</translation>
    </message>
    <message>
        <source>Disk use.</source>
        <translation>占用磁盘。</translation>
    </message>
    <message>
        <source>Evaluate every</source>
        <translation>评估间隔</translation>
    </message>
    <message>
        <source>Steps between measurements on the validation rows; 0 never.</source>
        <translation>两次验证之间的步数；0 表示不验证。</translation>
    </message>
    <message>
        <source>Each one costs a forward pass over those rows.</source>
        <translation>每次需对这些行做一次前向计算。</translation>
    </message>
    <message>
        <source>Compute on</source>
        <translation>计算设备</translation>
    </message>
    <message>
        <source>Automatic takes the first GPU that can be used, else the processor.</source>
        <translation>“自动”使用第一块可用的 GPU，否则使用处理器。</translation>
    </message>
    <message>
        <source>A GPU trains many times faster; its memory is the limit.</source>
        <translation>GPU 训练快许多倍，但受显存限制。</translation>
    </message>
    <message>
        <source>Fewer modules train faster, need less memory and learn less.</source>
        <translation>模块越少，训练越快，所需内存越少，学到的也越少。</translation>
    </message>
    <message>
        <source>A higher rank adds memory and time for those modules only.</source>
        <translation>较高的秩只增加这些模块的内存和时间。</translation>
    </message>
    <message>
        <source>Makes those modules learn faster or slower; memory and speed stay.</source>
        <translation>使这些模块学得更快或更慢；内存和速度不变。</translation>
    </message>
    <message>
        <source>Those rows are not learned; more make each evaluation slower.</source>
        <translation>这些行不会被学习；行数越多，每次评估越慢。</translation>
    </message>
    <message>
        <source>Every training row is learned; a longer file makes each evaluation slower.</source>
        <translation>所有训练行都会被学习；文件越长，每次评估越慢。</translation>
    </message>
    <message>
        <source>Memory and speed stay; sequential repeats the order of the file.</source>
        <translation>内存和速度不变；sequential 保持文件中的顺序。</translation>
    </message>
    <message>
        <source>Memory and speed stay; a rate that falls usually ends at a lower loss.</source>
        <translation>内存和速度不变；逐渐下降的学习率最终损失通常更低。</translation>
    </message>
    <message>
        <source>Steadies the start; memory and speed stay.</source>
        <translation>使开始阶段更平稳；内存和速度不变。</translation>
    </message>
    <message>
        <source>Higher values average over more steps; memory and speed stay.</source>
        <translation>值越大，平均的步数越多；内存和速度不变。</translation>
    </message>
    <message>
        <source>Larger values make small gradients count less; memory and speed stay.</source>
        <translation>值越大，小梯度的作用越小；内存和速度不变。</translation>
    </message>
    <message>
        <source>Another seed gives another run of the same quality; memory and speed stay.</source>
        <translation>换用其他种子得到质量相同的另一次训练；内存和速度不变。</translation>
    </message>
    <message>
        <source>Probe prompts</source>
        <translation>探测提示词</translation>
    </message>
    <message>
        <source>Answered before the first step, after every save and at the end, always with the likeliest words.</source>
        <translation>在第一步之前、每次保存之后和结束时回答，总取最可能的词。</translation>
    </message>
    <message>
        <source>Shows what is learned; training itself stays the same. Each answer takes a moment.</source>
        <translation>显示学到了什么；训练本身不变。每次回答需要片刻。</translation>
    </message>
    <message>
        <source>Longest answer</source>
        <translation>最长回答</translation>
    </message>
    <message>
        <source>Answers to the probe prompts end here at the latest.</source>
        <translation>对探测提示词的回答最长到此为止。</translation>
    </message>
    <message>
        <source>Longer answers hold the training up longer.</source>
        <translation>回答越长，训练暂停越久。</translation>
    </message>
    <message>
        <source>Most tokens of one row; what happens to longer ones is the next option.</source>
        <translation>单行的最大词元数；更长的行如何处理由下一选项决定。</translation>
    </message>
    <message>
        <source>Longer rows</source>
        <translation>超长行</translation>
    </message>
    <message>
        <source>Rows beyond the sequence length: cut at the end or at the beginning, split into pieces, or left out. auto splits plain text and cuts conversations at the end.</source>
        <translation>超出序列长度的行：在末尾或开头截断、拆分成段，或略过。auto 拆分纯文本，并截断对话的末尾。</translation>
    </message>
    <message>
        <source>split keeps every token and takes longer; the counts are shown before the start.</source>
        <translation>split 保留每个词元，但用时更长；开始前会显示数量。</translation>
    </message>
    <message>
        <source>Pack by</source>
        <translation>打包方式</translation>
    </message>
    <message>
        <source>How the rows of a step share microbatches: best_fit puts each where the least room stays, first_fit where there is room first, in_order only joins neighbours. auto is best_fit, and in_order when the order is sequential.</source>
        <translation>一步中的各行如何共用微批：best_fit 将每行放入剩余空间最少之处，first_fit 放入第一个放得下之处，in_order 只合并相邻的行。auto 为 best_fit；顺序为 sequential 时为 in_order。</translation>
    </message>
    <message>
        <source>best_fit needs the fewest microbatches; each step learns from the same rows with all of them.</source>
        <translation>best_fit 所需微批最少；无论哪种方式，每一步学习的行都相同。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::AboutDialog</name>
    <message>
        <source>About Lathe</source>
        <translation>关于 Lathe</translation>
    </message>
    <message>
        <source>Lathe %1</source>
        <translation>Lathe %1</translation>
    </message>
    <message>
        <source>A workbench for language models on one's own hardware. The window is free software under the GPL, version 3 or later; engine and command line under the Apache License 2.0. There is no warranty.</source>
        <translation>在自己的硬件上使用语言模型的工作台。窗口程序是采用 GPL 第 3 版或更高版本的自由软件；引擎和命令行采用 Apache License 2.0。不提供任何担保。</translation>
    </message>
    <message>
        <source>Copy version and system</source>
        <translation>复制版本和系统信息</translation>
    </message>
    <message>
        <source>For a report: version, Qt, system</source>
        <translation>用于报告问题：版本、Qt、系统</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Parts</source>
        <translation>组成部分</translation>
    </message>
    <message>
        <source>Text of the licence</source>
        <translation>许可证全文</translation>
    </message>
</context>
<context>
    <name>lathe::ui::Application</name>
    <message>
        <source>Add a machine…</source>
        <translation>添加机器…</translation>
    </message>
    <message>
        <source>Machine</source>
        <translation>机器</translation>
    </message>
    <message>
        <source>About Lathe, licences</source>
        <translation>关于 Lathe 和许可证</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
    <message>
        <source>Save a log bundle…</source>
        <translation>保存日志包…</translation>
    </message>
    <message>
        <source>Work on %1</source>
        <translation>切换到 %1</translation>
    </message>
    <message>
        <source>this computer</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>Runs belong to the engine, not to this window. They go on when it is closed, and are here with all their curves when it is opened again. Without the window nothing keeps this computer awake.</source>
        <translation>训练属于引擎，而不属于此窗口。关闭窗口后训练会继续，重新打开时训练及其全部曲线仍在这里。窗口关闭后，不再阻止本机进入睡眠。</translation>
    </message>
    <message>
        <source>Runs belong to the engine on %1, not to this window. They go on when it is closed, and are here with all their curves when it is opened again.</source>
        <translation>训练属于 %1 上的引擎，而不属于此窗口。关闭窗口后训练会继续，重新打开时训练及其全部曲线仍在这里。</translation>
    </message>
    <message numerus="yes">
        <source>%n run(s) will go on</source>
        <translation>
            <numerusform>%n 次训练将继续运行</numerusform>
        </translation>
    </message>
    <message>
        <source>Close the window</source>
        <translation>关闭窗口</translation>
    </message>
</context>
<context>
    <name>lathe::ui::Banner</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>lathe::ui::BatchRequest</name>
    <message>
        <source>Somebody else stopped this. Try again.</source>
        <translation>此操作已被其他人停止。请重试。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::BatchView</name>
    <message>
        <source>%1: mean loss %2, %3 of %4 tokens learned</source>
        <translation>%1：平均损失 %2，%4 个词元中学习 %3 个</translation>
    </message>
    <message>
        <source>cut at the sequence length</source>
        <translation>在序列长度处截断</translation>
    </message>
    <message>
        <source>With the weights the run began with.</source>
        <translation>使用训练开始时的权重。</translation>
    </message>
    <message>
        <source>With exactly the weights of this step, those after step %1.</source>
        <translation>使用与这一步完全一致的权重，即第 %1 步之后的权重。</translation>
    </message>
    <message>
        <source>With the weights the run began with, the nearest that are kept.</source>
        <translation>使用训练开始时的权重，即已保留的最接近的权重。</translation>
    </message>
    <message>
        <source>With the weights of the result, after step %1, the nearest that are kept.</source>
        <translation>使用结果的权重（第 %1 步之后），即已保留的最接近的权重。</translation>
    </message>
    <message>
        <source>With the weights of the checkpoint of step %1, the nearest that is kept.</source>
        <translation>使用第 %1 步检查点的权重，即已保留的最接近的检查点。</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>正在启动…</translation>
    </message>
    <message>
        <source>Loading the model…</source>
        <translation>正在加载模型…</translation>
    </message>
    <message>
        <source>Computing the losses…</source>
        <translation>正在计算损失…</translation>
    </message>
    <message>
        <source>Reading the data…</source>
        <translation>正在读取数据…</translation>
    </message>
    <message>
        <source>Show this token in the row</source>
        <translation>在行中显示此词元</translation>
    </message>
    <message>
        <source>Batch of step %1</source>
        <translation>第 %1 步的批次</translation>
    </message>
    <message>
        <source>%1 rows · %2 of %3 tokens learned · mean loss %4, recorded %5</source>
        <translation>%1 行 · %3 个词元中学习 %2 个 · 平均损失 %4，记录值 %5</translation>
    </message>
    <message>
        <source>The run has dropout on, here it is off.</source>
        <translation>训练时启用了随机失活，此处已关闭。</translation>
    </message>
    <message>
        <source>Only the first %1 of the step's %2 rows are shown, and the mean is theirs.</source>
        <translation>只显示这一步 %2 行中的前 %1 行，平均值也仅针对这些行。</translation>
    </message>
    <message>
        <source>The step before</source>
        <translation>上一步</translation>
    </message>
    <message>
        <source>The next step</source>
        <translation>下一步</translation>
    </message>
    <message>
        <source>Close the batch</source>
        <translation>关闭批次</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Highest losses in this row</source>
        <translation>此行中损失最高的词元</translation>
    </message>
    <message>
        <source>Filled tokens were learned: the stronger the fill and the longer the bar at its foot, the higher the loss (full at %1). Dashed ones are only read.</source>
        <translation>实心的词元参与学习：填充越深、底部横条越长，损失越高（达到 %1 时为满）。虚线的只读取。</translation>
    </message>
    <message>
        <source>Rows of the batch, highest loss first</source>
        <translation>批次中的行，损失最高的在前</translation>
    </message>
    <message>
        <source>Progress of the computation</source>
        <translation>计算进度</translation>
    </message>
    <message>
        <source>Batch behind a step</source>
        <translation>某一步的批次</translation>
    </message>
</context>
<context>
    <name>lathe::ui::BinDialog</name>
    <message>
        <source>Bin</source>
        <translation>回收站</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Deleted runs and conversations</source>
        <translation>已删除的训练和对话</translation>
    </message>
    <message>
        <source>Remove for good…</source>
        <translation>永久删除…</translation>
    </message>
    <message>
        <source>Put back</source>
        <translation>还原</translation>
    </message>
    <message>
        <source>The chosen runs and conversations are in their lists again</source>
        <translation>所选的训练和对话已回到各自的列表</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>正在查找…</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Nothing has been deleted.</source>
        <translation>没有已删除的内容。</translation>
    </message>
    <message numerus="yes">
        <source>%n deleted run(s) and conversation(s)</source>
        <translation>
            <numerusform>%n 项已删除的训练和对话</numerusform>
        </translation>
    </message>
    <message>
        <source>Deletes the folders of the chosen runs with their checkpoints and results; conversations stay</source>
        <translation>删除所选训练的文件夹及其检查点和结果；对话保留</translation>
    </message>
    <message>
        <source>“%1” is removed with its checkpoints and its result.</source>
        <translation>“%1”及其检查点和结果将被删除。</translation>
    </message>
    <message>
        <source>%1 runs are removed with their checkpoints and results.</source>
        <translation>%1 次训练及其检查点和结果将被删除。</translation>
    </message>
    <message>
        <source>Remove for good?</source>
        <translation>永久删除？</translation>
    </message>
    <message>
        <source>This cannot be undone.</source>
        <translation>此操作无法撤销。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>删除</translation>
    </message>
</context>
<context>
    <name>lathe::ui::BundleDialog</name>
    <message>
        <source>Log bundle</source>
        <translation>日志包</translation>
    </message>
    <message>
        <source>What the bundle will hold</source>
        <translation>日志包将包含的内容</translation>
    </message>
    <message>
        <source>For somebody who is to find out what went wrong. Home paths, your login name, tokens, keys and prompts are removed; data and weights are never in it. Look through it before you pass it on.</source>
        <translation>供他人查找问题原因。主目录路径、您的登录名、令牌、密钥和提示词均已移除；从不包含数据和权重。转交之前请先查看内容。</translation>
    </message>
    <message>
        <source>Files of the bundle</source>
        <translation>日志包中的文件</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Save the bundle…</source>
        <translation>保存日志包…</translation>
    </message>
    <message>
        <source>Writes one .tar.gz that only you can read</source>
        <translation>写入一个只有您可以读取的 .tar.gz 文件</translation>
    </message>
    <message>
        <source>Looking at this machine…</source>
        <translation>正在检查此机器…</translation>
    </message>
    <message>
        <source>%1 could not be started: %2</source>
        <translation>无法启动 %1：%2</translation>
    </message>
    <message>
        <source>The command ended with code %1.</source>
        <translation>命令已结束，退出代码为 %1。</translation>
    </message>
    <message>
        <source>The answer of lathe doctor cannot be read.</source>
        <translation>无法读取 lathe doctor 的输出。</translation>
    </message>
    <message numerus="yes">
        <source>%n file(s), %1 before compression</source>
        <translation>
            <numerusform>%n 个文件，压缩前 %1</numerusform>
        </translation>
    </message>
    <message>
        <source>Save the bundle</source>
        <translation>保存日志包</translation>
    </message>
    <message>
        <source>Writing…</source>
        <translation>正在写入…</translation>
    </message>
    <message>
        <source>Saved %1 (%2).</source>
        <translation>已保存 %1（%2）。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::ChartGroup</name>
    <message>
        <source>step %1 · %2 tokens · %3</source>
        <translation>第 %1 步 · %2 个词元 · %3</translation>
    </message>
</context>
<context>
    <name>lathe::ui::ChatHitsModel</name>
    <message>
        <source>You</source>
        <translation>您</translation>
    </message>
    <message>
        <source>Reply</source>
        <translation>回复</translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation>新对话</translation>
    </message>
</context>
<context>
    <name>lathe::ui::ChatPage</name>
    <message>
        <source>New conversation</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>“%1” deleted.</source>
        <translation>已删除“%1”。</translation>
    </message>
    <message>
        <source>The engine is not connected.</source>
        <translation>引擎未连接。</translation>
    </message>
    <message>
        <source>Choose a model for every pane first.</source>
        <translation>请先为每个窗格选择模型。</translation>
    </message>
    <message>
        <source>Enter sends, Shift+Enter starts a new line.</source>
        <translation>回车发送，Shift+回车换行。</translation>
    </message>
    <message>
        <source>seed %1 · temperature %2 · top-p %3</source>
        <translation>种子 %1 · 温度 %2 · top-p %3</translation>
    </message>
    <message>
        <source>Message all %1 panes, same seed…</source>
        <translation>向全部 %1 个窗格发送消息（相同种子）…</translation>
    </message>
    <message>
        <source>Message…</source>
        <translation>消息…</translation>
    </message>
    <message>
        <source>Search…</source>
        <translation>搜索…</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话列表</translation>
    </message>
    <message>
        <source>Delete this conversation</source>
        <translation>删除此对话</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>One pane</source>
        <translation>一个窗格</translation>
    </message>
    <message>
        <source>%1 panes side by side</source>
        <translation>%1 个窗格并排</translation>
    </message>
    <message>
        <source>Number of panes</source>
        <translation>窗格数</translation>
    </message>
    <message>
        <source>Talk to a model</source>
        <translation>与模型对话</translation>
    </message>
    <message>
        <source>Compare a base model with what you made of it: the same message, side by side, with the same seed.</source>
        <translation>将基础模型与您训练的结果比较：同一条消息，并排显示，使用相同种子。</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Search titles and messages</source>
        <translation>搜索标题和消息</translation>
    </message>
    <message>
        <source>In messages</source>
        <translation>在消息中</translation>
    </message>
    <message>
        <source>Messages that hold what you search for</source>
        <translation>包含搜索内容的消息</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Plain text</source>
        <translation>纯文本</translation>
    </message>
    <message>
        <source>Probability</source>
        <translation>概率</translation>
    </message>
    <message>
        <source>Colours each token by how likely the model held it; point at one for its alternatives</source>
        <translation>按模型给出的概率为每个词元着色；指向词元可查看其候选项</translation>
    </message>
    <message>
        <source>Entropy</source>
        <translation>熵</translation>
    </message>
    <message>
        <source>Colours each token by how undecided the model was there; point at one for its alternatives</source>
        <translation>按模型在该处的不确定程度为每个词元着色；指向词元可查看其候选项</translation>
    </message>
    <message>
        <source>Token colours</source>
        <translation>词元着色</translation>
    </message>
    <message>
        <source>Point at a token for its alternatives; click one to branch.</source>
        <translation>指向词元可查看其候选项；点击候选项可创建分支。</translation>
    </message>
    <message>
        <source>Replies from now on keep their probabilities; write one again to see them.</source>
        <translation>从现在起的回复会保留概率；重新生成回复即可查看。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::ChatPaneView</name>
    <message>
        <source>Adapter on %1</source>
        <translation>%1 上的适配器</translation>
    </message>
    <message>
        <source>first %1 ms</source>
        <translation>首个词元 %1 毫秒</translation>
    </message>
    <message>
        <source>loading…</source>
        <translation>加载中…</translation>
    </message>
    <message>
        <source>writing…</source>
        <translation>生成中…</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Regenerate</source>
        <translation>重新生成</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Model of pane %1</source>
        <translation>窗格 %1 的模型</translation>
    </message>
    <message>
        <source>Conversation of pane %1</source>
        <translation>窗格 %1 的对话</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>Device of pane %1</source>
        <translation>窗格 %1 的设备</translation>
    </message>
    <message>
        <source>%1, step %2</source>
        <translation>%1，第 %2 步</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Another branch goes on here: show it</source>
        <translation>此处有另一个分支：显示它</translation>
    </message>
    <message>
        <source>%1 other branches go on here: show the newest</source>
        <translation>此处有另外 %1 个分支：显示最新的</translation>
    </message>
    <message>
        <source>Copy the last reply</source>
        <translation>复制最后一条回复</translation>
    </message>
    <message>
        <source>Previous reply: the conversation goes on from it</source>
        <translation>上一条回复：对话从它继续</translation>
    </message>
    <message>
        <source>Next reply: the conversation goes on from it</source>
        <translation>下一条回复：对话从它继续</translation>
    </message>
    <message>
        <source>Another reply to the same message; this one stays as a version.</source>
        <translation>对同一条消息再生成一条回复；当前回复保留为一个版本。</translation>
    </message>
    <message>
        <source>Adapter</source>
        <translation>适配器</translation>
    </message>
    <message>
        <source>How strongly the adapter changes the model: 0 is the base model, 1 as trained. Holds from the next message on; a double click sets 1.</source>
        <translation>适配器改变模型的强度：0 为基础模型，1 为训练所得。从下一条消息起生效；双击设为 1。</translation>
    </message>
    <message>
        <source>Adapter strength of pane %1</source>
        <translation>窗格 %1 的适配器强度</translation>
    </message>
    <message>
        <source>What was said after this point before you branched.</source>
        <translation>您创建分支之前，此处之后的对话内容。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::ChatParameters</name>
    <message>
        <source>Parameters</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>0: always the likeliest</source>
        <translation>0：总取最可能的</translation>
    </message>
    <message>
        <source>Top-p</source>
        <translation>Top-p</translation>
    </message>
    <message>
        <source>Top-k</source>
        <translation>Top-k</translation>
    </message>
    <message>
        <source>0: off</source>
        <translation>0：关闭</translation>
    </message>
    <message>
        <source>Min-p</source>
        <translation>Min-p</translation>
    </message>
    <message>
        <source>Repetition penalty</source>
        <translation>重复惩罚</translation>
    </message>
    <message>
        <source>1: off</source>
        <translation>1：关闭</translation>
    </message>
    <message>
        <source>Longest reply</source>
        <translation>最长回复</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>All panes</source>
        <translation>全部窗格</translation>
    </message>
    <message>
        <source>What every pane without values of its own uses</source>
        <translation>没有单独设值的窗格均使用这些值</translation>
    </message>
    <message>
        <source>Values of pane %1 alone</source>
        <translation>仅用于窗格 %1 的值</translation>
    </message>
    <message>
        <source>Whose parameters</source>
        <translation>参数所属窗格</translation>
    </message>
    <message>
        <source>Pane %1 has values of its own.</source>
        <translation>窗格 %1 使用单独的值。</translation>
    </message>
    <message>
        <source>Pane %1 uses the values of all panes until you change one.</source>
        <translation>窗格 %1 使用全部窗格的值，直到您更改其中一项。</translation>
    </message>
    <message>
        <source>Same as all panes</source>
        <translation>与全部窗格相同</translation>
    </message>
    <message>
        <source>Forgets the values of this pane</source>
        <translation>清除此窗格单独的值</translation>
    </message>
</context>
<context>
    <name>lathe::ui::ChatsModel</name>
    <message>
        <source>New conversation</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>1 pane</source>
        <translation>1 个窗格</translation>
    </message>
    <message>
        <source>%1 panes</source>
        <translation>%1 个窗格</translation>
    </message>
</context>
<context>
    <name>lathe::ui::CheckLine</name>
    <message>
        <source>Progress of: %1</source>
        <translation>进度：%1</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Stop; what was known before stays</source>
        <translation>停止；此前已得到的结果保留</translation>
    </message>
</context>
<context>
    <name>lathe::ui::CheckRow</name>
    <message>
        <source>in order</source>
        <translation>正常</translation>
    </message>
    <message>
        <source>to be looked at</source>
        <translation>需要留意</translation>
    </message>
    <message>
        <source>has to be fixed</source>
        <translation>需要修复</translation>
    </message>
    <message>
        <source>to know</source>
        <translation>供参考</translation>
    </message>
</context>
<context>
    <name>lathe::ui::CommandBox</name>
    <message>
        <source>Copy the command</source>
        <translation>复制命令</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
</context>
<context>
    <name>lathe::ui::CommandPalette</name>
    <message>
        <source>Found</source>
        <translation>查找结果</translation>
    </message>
    <message>
        <source>Find a page, an action, an option or a run…</source>
        <translation>查找页面、操作、选项或训练…</translation>
    </message>
</context>
<context>
    <name>lathe::ui::CompareCharts</name>
    <message>
        <source>%1 tokens</source>
        <translation>%1 个词元</translation>
    </message>
    <message>
        <source>step %1</source>
        <translation>第 %1 步</translation>
    </message>
    <message>
        <source>Loss, smoothed</source>
        <translation>损失（平滑）</translation>
    </message>
    <message>
        <source>Validation loss</source>
        <translation>验证损失</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Gradient norm</source>
        <translation>梯度范数</translation>
    </message>
    <message>
        <source>Throughput</source>
        <translation>吞吐量</translation>
    </message>
    <message>
        <source>Runs in the charts</source>
        <translation>图表中的训练</translation>
    </message>
</context>
<context>
    <name>lathe::ui::CompareModel</name>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>no</source>
        <translation>否</translation>
    </message>
    <message>
        <source>(empty)</source>
        <translation>（空）</translation>
    </message>
    <message>
        <source>%1 at step %2</source>
        <translation>%1（第 %2 步）</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / 共 %2</translation>
    </message>
    <message>
        <source>%1
The runs differ here.</source>
        <translation>%1
各次训练在此项上不同。</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Loss, smoothed</source>
        <translation>损失（平滑）</translation>
    </message>
    <message>
        <source>Validation loss</source>
        <translation>验证损失</translation>
    </message>
    <message>
        <source>Lowest validation loss</source>
        <translation>最低验证损失</translation>
    </message>
    <message>
        <source>Throughput</source>
        <translation>吞吐量</translation>
    </message>
    <message>
        <source>Peak memory</source>
        <translation>内存峰值</translation>
    </message>
    <message>
        <source>Training time</source>
        <translation>训练时间</translation>
    </message>
    <message>
        <source>being read</source>
        <translation>正在读取</translation>
    </message>
    <message>
        <source>no setting differs</source>
        <translation>没有不同的设置</translation>
    </message>
    <message>
        <source>Settings that differ</source>
        <translation>不同的设置</translation>
    </message>
    <message>
        <source>All settings</source>
        <translation>全部设置</translation>
    </message>
</context>
<context>
    <name>lathe::ui::CompareView</name>
    <message>
        <source>%1 runs</source>
        <translation>%1 次训练</translation>
    </message>
    <message>
        <source>The specifications are being read.</source>
        <translation>正在读取配置。</translation>
    </message>
    <message>
        <source>%1 of %2 settings differ</source>
        <translation>%2 项设置中有 %1 项不同</translation>
    </message>
    <message>
        <source>Compare runs</source>
        <translation>比较训练</translation>
    </message>
    <message>
        <source>Back to the runs</source>
        <translation>返回训练记录</translation>
    </message>
    <message>
        <source>Back to the runs (Esc)</source>
        <translation>返回训练记录 (Esc)</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>显示全部</translation>
    </message>
    <message>
        <source>Show the whole of every run again</source>
        <translation>重新显示每次训练的全部过程</translation>
    </message>
    <message>
        <source>step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Horizontal axis of the charts</source>
        <translation>图表的横轴</translation>
    </message>
    <message>
        <source>Differences only</source>
        <translation>仅差异</translation>
    </message>
    <message>
        <source>Only the settings in which the runs differ</source>
        <translation>只显示各次训练不同的设置</translation>
    </message>
    <message>
        <source>All settings</source>
        <translation>全部设置</translation>
    </message>
    <message>
        <source>Every setting; those that differ are marked with ≠</source>
        <translation>全部设置；不同的以 ≠ 标记</translation>
    </message>
    <message>
        <source>Which settings are shown</source>
        <translation>显示哪些设置</translation>
    </message>
    <message>
        <source>Results and settings of the compared runs</source>
        <translation>所比较训练的结果和设置</translation>
    </message>
</context>
<context>
    <name>lathe::ui::ConversationView</name>
    <message>
        <source>… %1 more</source>
        <translation>… 另有 %1</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>%1 · learned</source>
        <translation>%1 · 参与学习</translation>
    </message>
    <message>
        <source>This row is tokens already; they stand below.</source>
        <translation>此行已是词元，显示在下方。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::ConvertView</name>
    <message>
        <source>Stopped. Nothing was left behind.</source>
        <translation>已停止。没有留下任何文件。</translation>
    </message>
    <message>
        <source>Written: %1</source>
        <translation>已写入：%1</translation>
    </message>
    <message>
        <source>Show it</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Where to write it</source>
        <translation>写入位置</translation>
    </message>
    <message>
        <source>GGUF files (*.gguf)</source>
        <translation>GGUF 文件 (*.gguf)</translation>
    </message>
    <message>
        <source>Merge</source>
        <translation>合并</translation>
    </message>
    <message>
        <source>Convert</source>
        <translation>转换</translation>
    </message>
    <message>
        <source>Give a whole path, beginning with /.</source>
        <translation>请输入以 / 开头的完整路径。</translation>
    </message>
    <message>
        <source>This model cannot be used, so it cannot be converted.</source>
        <translation>此模型不可用，因此无法转换。</translation>
    </message>
    <message>
        <source>Writes a copy of the base model with the adapter in its weights. It needs memory for the whole model and some minutes; both stay as they are.</source>
        <translation>写出一份已将适配器并入权重的基础模型副本。需要容纳整个模型的内存和几分钟时间；基础模型和适配器均保持不变。</translation>
    </message>
    <message>
        <source>Writes the adapter as a LoRA file for llama.cpp, to be used beside its base model. The adapter itself stays as it is.</source>
        <translation>将适配器写成供 llama.cpp 使用的 LoRA 文件，与其基础模型一起使用。适配器本身保持不变。</translation>
    </message>
    <message>
        <source>Writes a copy in another format or number type. The model itself stays as it is; the copy is read again and compared before it gets its name.</source>
        <translation>以另一种格式或数值类型写出一份副本。模型本身保持不变；副本会重新读取并比对，之后才正式命名。</translation>
    </message>
    <message>
        <source>LoRA file (GGUF)</source>
        <translation>LoRA 文件 (GGUF)</translation>
    </message>
    <message>
        <source>GGUF file</source>
        <translation>GGUF 文件</translation>
    </message>
    <message>
        <source>Merged model folder</source>
        <translation>合并后的模型文件夹</translation>
    </message>
    <message>
        <source>Model folder</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>llama.cpp, LM Studio and Ollama read GGUF, transformers reads folders.</source>
        <translation>llama.cpp、LM Studio 和 Ollama 读取 GGUF，transformers 读取文件夹。</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Numbers</source>
        <translation>数值类型</translation>
    </message>
    <message>
        <source>Fewer bits: a smaller file and a less exact model.</source>
        <translation>位数越少：文件越小，模型越不精确。</translation>
    </message>
    <message>
        <source>How the weights are stored</source>
        <translation>权重的存储方式</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>Nothing is overwritten.</source>
        <translation>不会覆盖任何内容。</translation>
    </message>
    <message>
        <source>The file or folder to make</source>
        <translation>要生成的文件或文件夹</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>浏览…</translation>
    </message>
    <message>
        <source>Choose the place</source>
        <translation>选择位置</translation>
    </message>
    <message>
        <source>Begin writing</source>
        <translation>开始写入</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Stop writing; nothing is left behind</source>
        <translation>停止写入；不留下任何内容</translation>
    </message>
    <message>
        <source>Progress of the conversion</source>
        <translation>转换进度</translation>
    </message>
</context>
<context>
    <name>lathe::ui::DataPage</name>
    <message>
        <source>Add a file…</source>
        <translation>添加文件…</translation>
    </message>
    <message>
        <source>Add a folder of data files</source>
        <translation>添加数据文件的文件夹</translation>
    </message>
    <message>
        <source>Add a dataset</source>
        <translation>添加数据集</translation>
    </message>
    <message>
        <source>Datasets (*.jsonl *.json *.csv *.tsv *.txt *.md *.parquet *.gz *.zst *.safetensors);;All files (*)</source>
        <translation>数据集 (*.jsonl *.json *.csv *.tsv *.txt *.md *.parquet *.gz *.zst *.safetensors);;所有文件 (*)</translation>
    </message>
    <message>
        <source>“%1” is out of the list; the file stays.</source>
        <translation>“%1”已移出列表；文件保留。</translation>
    </message>
    <message>
        <source>1 dataset</source>
        <translation>1 个数据集</translation>
    </message>
    <message>
        <source>%1 datasets</source>
        <translation>%1 个数据集</translation>
    </message>
    <message>
        <source>Add a dataset…</source>
        <translation>添加数据集…</translation>
    </message>
    <message>
        <source>Dataset</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>This window works on another machine: copy it there first and type its path.</source>
        <translation>此窗口正在另一台机器上工作：请先将其复制到那台机器，再输入路径。</translation>
    </message>
    <message>
        <source>Adds %1 to the list.</source>
        <translation>将 %1 添加到列表。</translation>
    </message>
    <message>
        <source>Adds %1 files to the list.</source>
        <translation>将 %1 个文件添加到列表。</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>JSON, JSON lines, CSV, TSV, Parquet, text or tokens; dropping it here does the same</source>
        <translation>JSON、JSON Lines、CSV、TSV、Parquet、文本或词元；拖到此处也可</translation>
    </message>
    <message>
        <source>Add a folder…</source>
        <translation>添加文件夹…</translation>
    </message>
    <message>
        <source>All data files of a folder as one dataset</source>
        <translation>将文件夹中的所有数据文件作为一个数据集</translation>
    </message>
    <message>
        <source>Fine-tune with this data</source>
        <translation>用此数据微调</translation>
    </message>
    <message>
        <source>Opens the Train page with this dataset, its roles and the choices made here</source>
        <translation>打开训练页面，带入此数据集、其角色和此处所做的选择</translation>
    </message>
    <message>
        <source>Search datasets</source>
        <translation>搜索数据集</translation>
    </message>
    <message>
        <source>Shows the datasets in which every word occurs</source>
        <translation>显示包含所有搜索词的数据集</translation>
    </message>
    <message>
        <source>Datasets</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>No datasets yet</source>
        <translation>还没有数据集</translation>
    </message>
    <message>
        <source>A dataset is a file of conversations, instructions or texts. Here you see what is in it, exactly as a model will, before you train.</source>
        <translation>数据集是包含对话、指令或文本的文件。在训练之前，您可以在此查看其内容，与模型将看到的完全一致。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::DatasetView</name>
    <message>
        <source>It came with Lathe and stays in the list.</source>
        <translation>随 Lathe 提供，保留在列表中。</translation>
    </message>
    <message>
        <source>Take it out of the list; the file stays</source>
        <translation>从列表中移除；文件保留</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>The first %1 rows; reading the others…</source>
        <translation>前 %1 行；正在读取其余的行…</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>行</translation>
    </message>
    <message>
        <source>Every row as a conversation and as tokens</source>
        <translation>以对话和词元形式查看每一行</translation>
    </message>
    <message>
        <source>Roles</source>
        <translation>角色</translation>
    </message>
    <message>
        <source>Which column plays which part</source>
        <translation>各列分别担任什么角色</translation>
    </message>
    <message>
        <source>Statistics</source>
        <translation>统计</translation>
    </message>
    <message>
        <source>Lengths, what is learned, and how rows are packed</source>
        <translation>长度、学习的内容，以及各行如何打包</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>质量</translation>
    </message>
    <message>
        <source>Unreadable rows, duplicates, leakage into validation</source>
        <translation>无法读取的行、重复的行、泄漏到验证集的行</translation>
    </message>
    <message>
        <source>What to show of the dataset</source>
        <translation>要显示的数据集内容</translation>
    </message>
</context>
<context>
    <name>lathe::ui::DeviceCard</name>
    <message>
        <source>%1 ago</source>
        <translation>%1前</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>处理器</translation>
    </message>
    <message>
        <source>GPU %1</source>
        <translation>GPU %1</translation>
    </message>
    <message>
        <source>memory %1</source>
        <translation>显存 %1</translation>
    </message>
    <message>
        <source>not usable</source>
        <translation>不可用</translation>
    </message>
    <message>
        <source>No model is loaded here.</source>
        <translation>这里没有加载模型。</translation>
    </message>
    <message>
        <source>No process that could be seen holds memory here.</source>
        <translation>没有看到占用显存的进程。</translation>
    </message>
    <message>
        <source>%1 of %2 GiB</source>
        <translation>%1 / 共 %2 GiB</translation>
    </message>
    <message>
        <source>%1 of %2 W</source>
        <translation>%1 / 上限 %2 W</translation>
    </message>
    <message>
        <source>Memory, GiB</source>
        <translation>内存（GiB）</translation>
    </message>
    <message>
        <source>Utilisation</source>
        <translation>利用率</translation>
    </message>
    <message>
        <source>utilisation</source>
        <translation>利用率</translation>
    </message>
    <message>
        <source>Power</source>
        <translation>功率</translation>
    </message>
    <message>
        <source>power</source>
        <translation>功率</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>temperature</source>
        <translation>温度</translation>
    </message>
</context>
<context>
    <name>lathe::ui::DeviceCombo</name>
    <message>
        <source>Automatic: %1</source>
        <translation>自动：%1</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>GPU %1 · %2</source>
        <translation>GPU %1 · %2</translation>
    </message>
    <message>
        <source>%1 · %2 free</source>
        <translation>%1 · 可用 %2</translation>
    </message>
    <message>
        <source>%1, not on this machine</source>
        <translation>%1，不在此机器上</translation>
    </message>
    <message>
        <source>This machine has no %1. Choose one of its devices.</source>
        <translation>此机器没有 %1。请选择它的一个设备。</translation>
    </message>
    <message>
        <source>This machine has no other device that Lathe could use; System says what is missing.</source>
        <translation>此机器没有 Lathe 可用的其他设备；“系统”页说明缺少什么。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::DeviceItem</name>
    <message>
        <source>%1 / %2 GiB</source>
        <translation>%1 / %2 GiB</translation>
    </message>
    <message>
        <source>Memory of %1</source>
        <translation>%1 的内存</translation>
    </message>
    <message>
        <source>Show the memory of %1 by category</source>
        <translation>按类别查看 %1 的内存</translation>
    </message>
</context>
<context>
    <name>lathe::ui::DevicePanel</name>
    <message>
        <source>%1 of %2 GiB in use</source>
        <translation>已用 %1 / 共 %2 GiB</translation>
    </message>
    <message>
        <source>Free</source>
        <translation>空闲</translation>
    </message>
    <message>
        <source>Open System</source>
        <translation>打开“系统”</translation>
    </message>
    <message>
        <source>Memory of %1</source>
        <translation>%1 的内存</translation>
    </message>
</context>
<context>
    <name>lathe::ui::DeviceUses</name>
    <message>
        <source>training · process %1</source>
        <translation>训练 · 进程 %1</translation>
    </message>
    <message>
        <source>chat · process %1</source>
        <translation>对话 · 进程 %1</translation>
    </message>
    <message>
        <source>another program · process %1</source>
        <translation>其他程序 · 进程 %1</translation>
    </message>
    <message>
        <source>and %1 more</source>
        <translation>另有 %1 个</translation>
    </message>
</context>
<context>
    <name>lathe::ui::DoctorView</name>
    <message>
        <source>has to be fixed</source>
        <translation>需要修复</translation>
    </message>
    <message>
        <source>could be better</source>
        <translation>可以更好</translation>
    </message>
    <message>
        <source>in order</source>
        <translation>正常</translation>
    </message>
</context>
<context>
    <name>lathe::ui::DropTarget</name>
    <message>
        <source>Training data changed.</source>
        <translation>训练数据已更改。</translation>
    </message>
    <message>
        <source>Base model changed.</source>
        <translation>基础模型已更改。</translation>
    </message>
    <message>
        <source>The form was filled.</source>
        <translation>表单已填写。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::EngineConnection</name>
    <message>
        <source>The engine does not answer: %1</source>
        <translation>引擎没有响应：%1</translation>
    </message>
    <message>
        <source>The engine is not installed beside this program (%1).</source>
        <translation>本程序旁没有安装引擎（%1）。</translation>
    </message>
    <message>
        <source>The engine could not be started: %1</source>
        <translation>无法启动引擎：%1</translation>
    </message>
</context>
<context>
    <name>lathe::ui::EngineItem</name>
    <message>
        <source>Engine starting</source>
        <translation>引擎启动中</translation>
    </message>
    <message>
        <source>Connecting</source>
        <translation>正在连接</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>引擎</translation>
    </message>
    <message>
        <source>Engine reconnecting</source>
        <translation>引擎重新连接中</translation>
    </message>
    <message>
        <source>Engine lost</source>
        <translation>引擎已断开</translation>
    </message>
    <message>
        <source>Choose the machine that this window works on</source>
        <translation>选择此窗口使用的机器</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>Add a machine…</source>
        <translation>添加机器…</translation>
    </message>
</context>
<context>
    <name>lathe::ui::EngineLogView</name>
    <message>
        <source>The log is empty.</source>
        <translation>日志为空。</translation>
    </message>
    <message>
        <source>No warnings and no errors in the last lines.</source>
        <translation>最近的日志行中没有警告和错误。</translation>
    </message>
    <message>
        <source>Engine log</source>
        <translation>引擎日志</translation>
    </message>
    <message>
        <source>the last %1 lines</source>
        <translation>最近 %1 行</translation>
    </message>
    <message>
        <source>all</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>warnings and errors</source>
        <translation>警告和错误</translation>
    </message>
    <message>
        <source>Which lines of the log to show</source>
        <translation>显示日志的哪些行</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy the lines that are shown. The log holds no prompts, no replies and no keys.</source>
        <translation>复制显示的行。日志不包含提示词、回复和密钥。</translation>
    </message>
    <message>
        <source>Log bundle…</source>
        <translation>日志包…</translation>
    </message>
    <message>
        <source>One file for somebody who is to find out what went wrong: logs, machine, specifications; no prompts, data or keys</source>
        <translation>供他人查找问题原因的单个文件：日志、机器信息、配置；不含提示词、数据或密钥</translation>
    </message>
</context>
<context>
    <name>lathe::ui::FoundModels</name>
    <message>
        <source>in the list</source>
        <translation>已在列表中</translation>
    </message>
    <message>
        <source>can be added</source>
        <translation>可添加</translation>
    </message>
    <message>
        <source>not usable</source>
        <translation>不可用</translation>
    </message>
</context>
<context>
    <name>lathe::ui::HostDialog</name>
    <message>
        <source>Add a machine</source>
        <translation>添加机器</translation>
    </message>
    <message>
        <source>Change %1</source>
        <translation>更改 %1</translation>
    </message>
    <message>
        <source>The window stays here; models, data and runs are over there. Nothing but ssh is needed between the two, and no password is ever asked for.</source>
        <translation>窗口在本机，模型、数据和训练在远程机器上。两者之间只需 ssh，且从不询问密码。</translation>
    </message>
    <message>
        <source>its default</source>
        <translation>使用默认值</translation>
    </message>
    <message>
        <source>keys of the ssh agent and of ~/.ssh</source>
        <translation>ssh 代理和 ~/.ssh 中的密钥</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>测试</translation>
    </message>
    <message>
        <source>Tries ssh, Lathe over there, its version and its engine, one after the other</source>
        <translation>依次测试 ssh、远程的 Lathe、其版本和引擎</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>What you call it here.</source>
        <translation>在本机上使用的名称。</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>user@machine, or a name of ~/.ssh/config.</source>
        <translation>user@machine，或 ~/.ssh/config 中的名称。</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>端口</translation>
    </message>
    <message>
        <source>Of its ssh server; empty for 22.</source>
        <translation>ssh 服务器的端口；留空为 22。</translation>
    </message>
    <message>
        <source>Key file</source>
        <translation>密钥文件</translation>
    </message>
    <message>
        <source>Empty: keys of the agent.</source>
        <translation>留空：使用代理中的密钥。</translation>
    </message>
    <message>
        <source>Lathe over there</source>
        <translation>远程的 Lathe</translation>
    </message>
    <message>
        <source>Command or whole path, as in ~/lathe/bin/lathe.</source>
        <translation>命令或完整路径，例如 ~/lathe/bin/lathe。</translation>
    </message>
    <message>
        <source>Data folder over there</source>
        <translation>远程数据文件夹</translation>
    </message>
    <message>
        <source>Empty: its default.</source>
        <translation>留空：使用默认值。</translation>
    </message>
    <message>
        <source>trying: </source>
        <translation>正在测试：</translation>
    </message>
    <message>
        <source>not yet: </source>
        <translation>尚未测试：</translation>
    </message>
    <message>
        <source>failed: </source>
        <translation>失败：</translation>
    </message>
    <message>
        <source>note: </source>
        <translation>注意：</translation>
    </message>
    <message>
        <source>Cancel the test</source>
        <translation>取消测试</translation>
    </message>
</context>
<context>
    <name>lathe::ui::HostsList</name>
    <message>
        <source>This computer</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>%1 (in use)</source>
        <translation>%1（使用中）</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>使用</translation>
    </message>
    <message>
        <source>Opens this window on that machine</source>
        <translation>将此窗口切换到该机器</translation>
    </message>
    <message>
        <source>Change…</source>
        <translation>更改…</translation>
    </message>
    <message>
        <source>Address, port, key, or where Lathe is over there</source>
        <translation>地址、端口、密钥，或远程 Lathe 的位置</translation>
    </message>
    <message>
        <source>Forget</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Out of this list; nothing over there changes</source>
        <translation>从此列表移除；远程机器上不作任何更改</translation>
    </message>
    <message>
        <source>Add a machine…</source>
        <translation>添加机器…</translation>
    </message>
    <message>
        <source>A machine with Lathe on it that ssh reaches</source>
        <translation>已安装 Lathe 且可通过 ssh 访问的机器</translation>
    </message>
</context>
<context>
    <name>lathe::ui::InlineEditor</name>
    <message>
        <source>Take over</source>
        <translation>采用</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>The old one stays.</source>
        <translation>原版本会保留。</translation>
    </message>
    <message>
        <source>Other words for this reply</source>
        <translation>改写此回复</translation>
    </message>
    <message>
        <source>Other words for your message</source>
        <translation>改写您的消息</translation>
    </message>
</context>
<context>
    <name>lathe::ui::InspectorPanel</name>
    <message>
        <source>Fold away</source>
        <translation>收起</translation>
    </message>
    <message>
        <source>Unfold</source>
        <translation>展开</translation>
    </message>
    <message>
        <source>Drag to make the panel wider or narrower</source>
        <translation>拖动以加宽或收窄面板</translation>
    </message>
</context>
<context>
    <name>lathe::ui::JobItem</name>
    <message>
        <source>Continue %1</source>
        <translation>继续 %1</translation>
    </message>
    <message>
        <source>Pause %1</source>
        <translation>暂停 %1</translation>
    </message>
    <message>
        <source>Stop %1</source>
        <translation>停止 %1</translation>
    </message>
    <message>
        <source>Open the run %1</source>
        <translation>打开训练 %1</translation>
    </message>
</context>
<context>
    <name>lathe::ui::LegendEntry</name>
    <message>
        <source>%1, %2</source>
        <translation>%1，%2</translation>
    </message>
    <message>
        <source>Shown. Press to hide it.</source>
        <translation>已显示。按下可隐藏。</translation>
    </message>
    <message>
        <source>Hidden. Press to show it.</source>
        <translation>已隐藏。按下可显示。</translation>
    </message>
    <message>
        <source>%1
Click: show or hide. Double click: this one alone.</source>
        <translation>%1
单击：显示或隐藏。双击：仅显示此项。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::LengthHistogram</name>
    <message>
        <source>Lengths of the rows</source>
        <translation>各行长度</translation>
    </message>
    <message>
        <source>Not counted yet.</source>
        <translation>尚未统计。</translation>
    </message>
    <message>
        <source>Half of the rows have at most %1 tokens, 95 % at most %2, the longest has %3.</source>
        <translation>半数的行不超过 %1 个词元，95 % 不超过 %2 个，最长的有 %3 个。</translation>
    </message>
    <message>
        <source>%1 are longer than the sequence length of %2.</source>
        <translation>%1 行超过序列长度 %2。</translation>
    </message>
    <message>
        <source>sequence length %1</source>
        <translation>序列长度 %1</translation>
    </message>
    <message>
        <source>%1 rows with %2 tokens or more</source>
        <translation>%1 行有 %2 个或更多词元</translation>
    </message>
    <message>
        <source>%1 rows with %2 to %3 tokens</source>
        <translation>%1 行有 %2 至 %3 个词元</translation>
    </message>
</context>
<context>
    <name>lathe::ui::LibraryModel</name>
    <message>
        <source>base of the adapters below</source>
        <translation>下列适配器的基础模型</translation>
    </message>
    <message>
        <source>not here</source>
        <translation>不在此处</translation>
    </message>
    <message>
        <source>%1 is named by adapters, and no model of the list is it. Add its folder.</source>
        <translation>适配器指定了 %1，但列表中没有这个模型。请添加它的文件夹。</translation>
    </message>
    <message>
        <source>%1, base of the adapters below, not here</source>
        <translation>%1，下列适配器的基础模型，不在此处</translation>
    </message>
</context>
<context>
    <name>lathe::ui::LibraryPage</name>
    <message>
        <source>Licence</source>
        <translation>许可证</translation>
    </message>
    <message>
        <source>Chat template</source>
        <translation>对话模板</translation>
    </message>
    <message>
        <source>… and more: the file is longer.</source>
        <translation>…还有更多：文件比这更长。</translation>
    </message>
    <message>
        <source>Add a model folder or an adapter</source>
        <translation>添加模型文件夹或适配器</translation>
    </message>
    <message>
        <source>Add a GGUF file</source>
        <translation>添加 GGUF 文件</translation>
    </message>
    <message>
        <source>GGUF files (*.gguf)</source>
        <translation>GGUF 文件 (*.gguf)</translation>
    </message>
    <message>
        <source>“%1” is out of the list; its files stay.</source>
        <translation>“%1”已移出列表；其文件保留。</translation>
    </message>
    <message>
        <source>Choose a model first.</source>
        <translation>请先选择模型。</translation>
    </message>
    <message>
        <source>Nothing is at its path.</source>
        <translation>其路径下没有任何内容。</translation>
    </message>
    <message>
        <source>Set up a run with this model; an adapter is trained further</source>
        <translation>用此模型设置一次训练；若为适配器则继续训练</translation>
    </message>
    <message>
        <source>A conversation with it; an adapter answers beside its base model</source>
        <translation>与它对话；适配器会与其基础模型并排回答</translation>
    </message>
    <message>
        <source>It is on another machine.</source>
        <translation>它在另一台机器上。</translation>
    </message>
    <message>
        <source>Open the folder in the file manager</source>
        <translation>在文件管理器中打开此文件夹</translation>
    </message>
    <message>
        <source>Take it out of the list (Delete); its files stay. Can be undone</source>
        <translation>从列表中移除 (Delete)；其文件保留。可以撤销</translation>
    </message>
    <message>
        <source>It belongs to a run: delete the run on the Runs page.</source>
        <translation>它属于某次训练：请在训练记录页面删除该训练。</translation>
    </message>
    <message>
        <source>It comes with Lathe, or is not in the list.</source>
        <translation>它随 Lathe 提供，或不在列表中。</translation>
    </message>
    <message>
        <source>%1 models and adapters · %2</source>
        <translation>%1 个模型和适配器 · %2</translation>
    </message>
    <message>
        <source>Add a model folder…</source>
        <translation>添加模型文件夹…</translation>
    </message>
    <message>
        <source>Add a GGUF file…</source>
        <translation>添加 GGUF 文件…</translation>
    </message>
    <message>
        <source>Scan this computer for models</source>
        <translation>在本机上扫描模型</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Add a folder…</source>
        <translation>添加文件夹…</translation>
    </message>
    <message>
        <source>A model folder with config.json, or an adapter; it can also be dropped on the window</source>
        <translation>含 config.json 的模型文件夹，或适配器；也可以拖到窗口中</translation>
    </message>
    <message>
        <source>A model in one file, as llama.cpp and LM Studio use them</source>
        <translation>单个文件的模型，供 llama.cpp 和 LM Studio 使用</translation>
    </message>
    <message>
        <source>Scan this computer</source>
        <translation>扫描本机</translation>
    </message>
    <message>
        <source>Look for models that other programs keep: Hugging Face, LM Studio, Ollama, llama.cpp</source>
        <translation>查找其他程序保存的模型：Hugging Face、LM Studio、Ollama、llama.cpp</translation>
    </message>
    <message>
        <source>Fine-tune</source>
        <translation>微调</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>在文件夹中显示</translation>
    </message>
    <message>
        <source>Remove from list</source>
        <translation>从列表移除</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>概览</translation>
    </message>
    <message>
        <source>Tensors</source>
        <translation>张量</translation>
    </message>
    <message>
        <source>Tokenizer</source>
        <translation>分词器</translation>
    </message>
    <message>
        <source>Template</source>
        <translation>模板</translation>
    </message>
    <message>
        <source>Convert</source>
        <translation>转换</translation>
    </message>
    <message>
        <source>What to show of the model</source>
        <translation>要显示的模型内容</translation>
    </message>
    <message>
        <source>Name, architecture, type or state…</source>
        <translation>名称、架构、类型或状态…</translation>
    </message>
    <message>
        <source>Shows the models in which every word occurs</source>
        <translation>显示包含所有搜索词的模型</translation>
    </message>
    <message>
        <source>Search models</source>
        <translation>搜索模型</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Back to the overview</source>
        <translation>返回概览</translation>
    </message>
    <message>
        <source>Text of the model</source>
        <translation>模型的文本</translation>
    </message>
    <message>
        <source>No models yet</source>
        <translation>还没有模型</translation>
    </message>
    <message>
        <source>Here are the models that you fine-tune and chat with: folders from Hugging Face, GGUF files, adapters, and what is made from them. Files stay where they are.</source>
        <translation>这里是您用于微调和对话的模型：Hugging Face 文件夹、GGUF 文件、适配器，以及由它们生成的模型。文件保留在原处。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::LinePlot</name>
    <message>
        <source>%1 %2 (raw %3)</source>
        <translation>%1 %2（原始值 %3）</translation>
    </message>
    <message>
        <source>%1: %2 points, last %3, smallest %4, largest %5.</source>
        <translation>%1：%2 个点，最新 %3，最小 %4，最大 %5。</translation>
    </message>
    <message>
        <source>No points yet.</source>
        <translation>还没有数据点。</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>Show all and follow</source>
        <translation>显示全部并跟随</translation>
    </message>
    <message>
        <source>Logarithmic scale</source>
        <translation>对数刻度</translation>
    </message>
    <message>
        <source>Show as a table</source>
        <translation>以表格显示</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Picture (*.png);;Drawing (*.svg);;Table (*.csv)</source>
        <translation>图片 (*.png);;矢量图 (*.svg);;表格 (*.csv)</translation>
    </message>
    <message>
        <source>Export the chart</source>
        <translation>导出图表</translation>
    </message>
    <message>
        <source>Chart options</source>
        <translation>图表选项</translation>
    </message>
    <message>
        <source>Options of the chart %1</source>
        <translation>图表“%1”的选项</translation>
    </message>
    <message>
        <source>Chart: %1</source>
        <translation>图表：%1</translation>
    </message>
    <message>
        <source>Seconds</source>
        <translation>秒</translation>
    </message>
    <message>
        <source>Arrow keys pan, plus and minus zoom, Home shows everything, L changes the scale, T shows the values as a table.</source>
        <translation>方向键平移，加号和减号缩放，Home 显示全部，L 切换刻度，T 以表格显示数值。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::LossChipsView</name>
    <message>
        <source>Tokens with their losses</source>
        <translation>词元及其损失</translation>
    </message>
</context>
<context>
    <name>lathe::ui::LossTokenModel</name>
    <message>
        <source>id %1, only read</source>
        <translation>编号 %1，只读</translation>
    </message>
    <message>
        <source>loss %1, given a probability of %2 %; id %3</source>
        <translation>损失 %1，模型给出的概率为 %2 %；编号 %3</translation>
    </message>
    <message>
        <source>%1, only read</source>
        <translation>%1，只读</translation>
    </message>
    <message>
        <source>%1, loss %2</source>
        <translation>%1，损失 %2</translation>
    </message>
</context>
<context>
    <name>lathe::ui::MainWindow</name>
    <message>
        <source>%1 · Lathe</source>
        <translation>%1 · Lathe</translation>
    </message>
    <message>
        <source>The engine does not answer. Running jobs go on by themselves.</source>
        <translation>引擎没有响应。正在运行的任务会自行继续。</translation>
    </message>
    <message>
        <source>Start it again</source>
        <translation>重新启动</translation>
    </message>
    <message>
        <source>Page</source>
        <translation>页面</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
</context>
<context>
    <name>lathe::ui::MessageBar</name>
    <message>
        <source>Previous version (Alt+Left)</source>
        <translation>上一版本 (Alt+Left)</translation>
    </message>
    <message>
        <source>Next version (Alt+Right)</source>
        <translation>下一版本 (Alt+Right)</translation>
    </message>
    <message>
        <source>Put other words into this reply (F2)</source>
        <translation>改写此回复 (F2)</translation>
    </message>
    <message>
        <source>Edit and send again (F2)</source>
        <translation>编辑并重新发送 (F2)</translation>
    </message>
    <message>
        <source>Copy this message (Ctrl+Shift+C)</source>
        <translation>复制此消息 (Ctrl+Shift+C)</translation>
    </message>
    <message>
        <source>Write this reply again (Ctrl+R)</source>
        <translation>重新生成此回复 (Ctrl+R)</translation>
    </message>
    <message>
        <source>Answer this message again (Ctrl+R)</source>
        <translation>重新回答此消息 (Ctrl+R)</translation>
    </message>
    <message>
        <source>Go on from here; what follows stays as a branch (Ctrl+B)</source>
        <translation>从此处继续；后续内容保留为分支 (Ctrl+B)</translation>
    </message>
</context>
<context>
    <name>lathe::ui::ModelCard</name>
    <message>
        <source>About the model</source>
        <translation>关于此模型</translation>
    </message>
    <message>
        <source>Remark</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>Problem</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>Worth knowing</source>
        <translation>值得了解</translation>
    </message>
    <message>
        <source>Why it cannot be used</source>
        <translation>不可用的原因</translation>
    </message>
    <message>
        <source>Architecture</source>
        <translation>架构</translation>
    </message>
    <message>
        <source>Family</source>
        <translation>系列</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>层</translation>
    </message>
    <message>
        <source>How many blocks of attention and MLP follow each other</source>
        <translation>依次相连的注意力和 MLP 块的数量</translation>
    </message>
    <message>
        <source>Hidden size</source>
        <translation>隐藏维度</translation>
    </message>
    <message>
        <source>Numbers that stand for one token between two layers</source>
        <translation>两层之间表示一个词元的数值个数</translation>
    </message>
    <message>
        <source>MLP size</source>
        <translation>MLP 维度</translation>
    </message>
    <message>
        <source>Width inside the MLP of a layer</source>
        <translation>层内 MLP 的宽度</translation>
    </message>
    <message>
        <source>Heads</source>
        <translation>注意力头</translation>
    </message>
    <message>
        <source>Attention heads for queries</source>
        <translation>查询的注意力头数</translation>
    </message>
    <message>
        <source>Key and value heads</source>
        <translation>键值头</translation>
    </message>
    <message>
        <source>Fewer than heads: several queries share keys and values, and the cache is smaller</source>
        <translation>少于注意力头：多个查询共用键和值，缓存更小</translation>
    </message>
    <message>
        <source>Head dimension</source>
        <translation>头维度</translation>
    </message>
    <message>
        <source>Experts</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>Vocabulary</source>
        <translation>词表</translation>
    </message>
    <message>
        <source>Tokens the model knows</source>
        <translation>模型认识的词元数</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>上下文</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 个词元</translation>
    </message>
    <message>
        <source>Longest text it was made for</source>
        <translation>模型设计支持的最长文本</translation>
    </message>
    <message>
        <source>Positions</source>
        <translation>位置编码</translation>
    </message>
    <message>
        <source>rotary, θ %1</source>
        <translation>旋转，θ %1</translation>
    </message>
    <message>
        <source>%1 × %2, θ %3</source>
        <translation>%1 × %2，θ %3</translation>
    </message>
    <message>
        <source>Rotary positions: their scaling and base frequency</source>
        <translation>旋转位置编码：缩放方式和基频</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗口</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>How far back attention sees in layers that have a window</source>
        <translation>在有窗口的层中，注意力能回看多远</translation>
    </message>
    <message>
        <source>Layers with window</source>
        <translation>有窗口的层</translation>
    </message>
    <message>
        <source>Activation</source>
        <translation>激活函数</translation>
    </message>
    <message>
        <source>Output weights</source>
        <translation>输出权重</translation>
    </message>
    <message>
        <source>tied to the input</source>
        <translation>与输入共享</translation>
    </message>
    <message>
        <source>their own</source>
        <translation>独立</translation>
    </message>
    <message>
        <source>Tied: the matrix that reads tokens also writes them</source>
        <translation>共享：读取词元的矩阵也用于输出词元</translation>
    </message>
    <message>
        <source>Attention bias</source>
        <translation>注意力偏置</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>Query and key norms</source>
        <translation>查询和键归一化</translation>
    </message>
    <message>
        <source>Soft cap of scores</source>
        <translation>注意力分数软上限</translation>
    </message>
    <message>
        <source>Soft cap of logits</source>
        <translation>logits 软上限</translation>
    </message>
    <message>
        <source>Quantization</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>秩</translation>
    </message>
    <message>
        <source>Alpha</source>
        <translation>Alpha</translation>
    </message>
    <message>
        <source>DoRA</source>
        <translation>DoRA</translation>
    </message>
    <message>
        <source>rsLoRA</source>
        <translation>rsLoRA</translation>
    </message>
    <message>
        <source>Modules</source>
        <translation>模块</translation>
    </message>
    <message>
        <source>Made on</source>
        <translation>基础模型</translation>
    </message>
    <message>
        <source>Adapter</source>
        <translation>适配器</translation>
    </message>
    <message>
        <source>%1 parameters</source>
        <translation>%1 个参数</translation>
    </message>
    <message>
        <source>%1 tensors</source>
        <translation>%1 个张量</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>Tokenizer</source>
        <translation>分词器</translation>
    </message>
    <message>
        <source>in the folder</source>
        <translation>在文件夹中</translation>
    </message>
    <message>
        <source>Chat template</source>
        <translation>对话模板</translation>
    </message>
    <message>
        <source>from the model</source>
        <translation>来自模型</translation>
    </message>
    <message>
        <source>none: ChatML is used</source>
        <translation>无：使用 ChatML</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可证</translation>
    </message>
    <message>
        <source>not stated</source>
        <translation>未注明</translation>
    </message>
    <message>
        <source>Text and terms</source>
        <translation>文本与条款</translation>
    </message>
    <message>
        <source>Read the licence</source>
        <translation>阅读许可证</translation>
    </message>
    <message>
        <source>Shows the text of %1</source>
        <translation>显示 %1 的文本</translation>
    </message>
    <message>
        <source>Read the template</source>
        <translation>查看模板</translation>
    </message>
    <message>
        <source>Shows the source of the chat template</source>
        <translation>显示对话模板的源码</translation>
    </message>
    <message>
        <source>and %1 more</source>
        <translation>另有 %1 个</translation>
    </message>
    <message>
        <source>Weight files</source>
        <translation>权重文件</translation>
    </message>
</context>
<context>
    <name>lathe::ui::ModelsModel</name>
    <message>
        <source>%1 parameters</source>
        <translation>%1 个参数</translation>
    </message>
    <message>
        <source>%1 layers</source>
        <translation>%1 层</translation>
    </message>
    <message>
        <source>context %1</source>
        <translation>上下文 %1</translation>
    </message>
</context>
<context>
    <name>lathe::ui::Notifier</name>
    <message>
        <source>Open the run</source>
        <translation>打开训练</translation>
    </message>
</context>
<context>
    <name>lathe::ui::NumberField</name>
    <message>
        <source>"%1" is not a number.</source>
        <translation>“%1”不是数字。</translation>
    </message>
    <message>
        <source>A whole number is needed.</source>
        <translation>需要整数。</translation>
    </message>
    <message>
        <source>The smallest possible value is %1.</source>
        <translation>最小值是 %1。</translation>
    </message>
    <message>
        <source>The largest possible value is %1.</source>
        <translation>最大值是 %1。</translation>
    </message>
    <message>
        <source>Drag sideways to change it; Shift is finer, Esc takes it back.</source>
        <translation>左右拖动可更改；按住 Shift 微调，Esc 撤回。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::OptionField</name>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>on</source>
        <translation>开启</translation>
    </message>
    <message>
        <source>Add a file</source>
        <translation>添加文件</translation>
    </message>
    <message>
        <source>Drop a file here, or browse</source>
        <translation>将文件拖到此处，或浏览</translation>
    </message>
    <message>
        <source>Datasets (*.jsonl *.json *.csv *.tsv *.txt *.md *.parquet *.gz *.zst *.safetensors);;All files (*)</source>
        <translation>数据集 (*.jsonl *.json *.csv *.tsv *.txt *.md *.parquet *.gz *.zst *.safetensors);;所有文件 (*)</translation>
    </message>
</context>
<context>
    <name>lathe::ui::PackingStrip</name>
    <message>
        <source>Row %1: %2 tokens, %3 learned</source>
        <translation>第 %1 行：%2 个词元，其中学习 %3 个</translation>
    </message>
    <message>
        <source>Packed rows</source>
        <translation>打包后的行</translation>
    </message>
    <message>
        <source>Not counted yet.</source>
        <translation>尚未统计。</translation>
    </message>
    <message>
        <source>The first %1 of %2 microbatches.</source>
        <translation>%2 个微批中的前 %1 个。</translation>
    </message>
    <message>
        <source>step %1</source>
        <translation>第 %1 步</translation>
    </message>
</context>
<context>
    <name>lathe::ui::PathField</name>
    <message>
        <source>Recent</source>
        <translation>最近使用</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>选择文件夹</translation>
    </message>
    <message>
        <source>Choose a file</source>
        <translation>选择文件</translation>
    </message>
    <message>
        <source>Known and recent</source>
        <translation>已知和最近的</translation>
    </message>
    <message>
        <source>Choose a folder…</source>
        <translation>选择文件夹…</translation>
    </message>
    <message>
        <source>Choose a file…</source>
        <translation>选择文件…</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
</context>
<context>
    <name>lathe::ui::PipeLink</name>
    <message>
        <source>%1 could not be started: %2</source>
        <translation>无法启动 %1：%2</translation>
    </message>
</context>
<context>
    <name>lathe::ui::PreparingView</name>
    <message>
        <source>Reading the data</source>
        <translation>读取数据</translation>
    </message>
    <message>
        <source>Tokenizing</source>
        <translation>分词</translation>
    </message>
    <message>
        <source>Loading the model</source>
        <translation>加载模型</translation>
    </message>
    <message>
        <source>Starting the worker</source>
        <translation>启动工作进程</translation>
    </message>
    <message>
        <source>%1 of %2 · %3</source>
        <translation>%1 / 共 %2 · %3</translation>
    </message>
    <message>
        <source>Cancelling…</source>
        <translation>正在取消…</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Ends the run before its first step. Nothing has been learned yet.</source>
        <translation>在第一步之前结束训练。尚未学到任何内容。</translation>
    </message>
    <message>
        <source>Progress of the preparation</source>
        <translation>准备进度</translation>
    </message>
</context>
<context>
    <name>lathe::ui::QualityView</name>
    <message>
        <source>Not looked at yet.</source>
        <translation>尚未检查。</translation>
    </message>
    <message>
        <source>The same file without the rows that repeat an earlier one.</source>
        <translation>同一文件，去掉与前面重复的行。</translation>
    </message>
    <message>
        <source>Save a copy without duplicates</source>
        <translation>保存去重副本</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>All %1 rows can be read.</source>
        <translation>全部 %1 行均可读取。</translation>
    </message>
    <message>
        <source>1 of %1 rows cannot be read; training leaves it out.</source>
        <translation>%1 行中有 1 行无法读取；训练时略过该行。</translation>
    </message>
    <message>
        <source>%1 of %2 rows cannot be read; training leaves them out.</source>
        <translation>%2 行中有 %1 行无法读取；训练时略过这些行。</translation>
    </message>
    <message>
        <source>Unreadable rows: click one to see it as it stands in the file</source>
        <translation>无法读取的行：点击某行可查看其在文件中的原样</translation>
    </message>
    <message>
        <source>No two of %1 rows say the same or nearly the same.</source>
        <translation>%1 行中没有内容相同或几乎相同的行。</translation>
    </message>
    <message>
        <source>No two of %1 rows say the same.</source>
        <translation>%1 行中没有内容相同的行。</translation>
    </message>
    <message>
        <source>%1 rows repeat an earlier one, %2 more nearly do.</source>
        <translation>%1 行与前面的行重复，另有 %2 行几乎重复。</translation>
    </message>
    <message>
        <source>Groups of rows that say the same (%1): click a row to see it</source>
        <translation>内容相同的行的分组（%1）：点击某行可查看</translation>
    </message>
    <message>
        <source>%1 equal rows</source>
        <translation>%1 个相同的行</translation>
    </message>
    <message>
        <source>%1 similar rows, %2 and more</source>
        <translation>%1 个相似的行，相似度 %2 及以上</translation>
    </message>
    <message>
        <source>There are no validation rows to compare with.</source>
        <translation>没有可供比较的验证行。</translation>
    </message>
    <message>
        <source>None of %1 validation rows stands in the training data.</source>
        <translation>%1 个验证行都不在训练数据中。</translation>
    </message>
    <message>
        <source>%1 of %2 validation rows stand in the training data, %3 more nearly do.</source>
        <translation>%2 个验证行中有 %1 个就在训练数据中，另有 %3 个几乎相同。</translation>
    </message>
    <message>
        <source>Validation rows that training has seen: click a training row to see it</source>
        <translation>训练已经见过的验证行：点击一个训练行即可查看</translation>
    </message>
    <message>
        <source>equal to %1</source>
        <translation>与 %1 相同</translation>
    </message>
    <message>
        <source>%1 like %2</source>
        <translation>%1 与 %2 相似</translation>
    </message>
    <message>
        <source>%1 rows are in %2; %3 were left out.</source>
        <translation>%2 中有 %1 行；去掉了 %3 行。</translation>
    </message>
    <message>
        <source>Unreadable rows</source>
        <translation>无法读取的行</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>Read every row and list those that cannot be read</source>
        <translation>读取每一行，列出无法读取的行</translation>
    </message>
    <message>
        <source>Duplicates</source>
        <translation>重复</translation>
    </message>
    <message>
        <source>Compare every row with every other</source>
        <translation>将每一行与其他所有行比较</translation>
    </message>
    <message>
        <source>Leakage</source>
        <translation>泄漏</translation>
    </message>
    <message>
        <source>Look for validation rows that training has seen</source>
        <translation>查找训练已经见过的验证行</translation>
    </message>
    <message>
        <source>Cleaned copy</source>
        <translation>清理后的副本</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>保存…</translation>
    </message>
    <message>
        <source>Write a copy without duplicates; the file itself stays as it is</source>
        <translation>写出一份没有重复行的副本；原文件保持不变</translation>
    </message>
    <message>
        <source>Check for unreadable rows</source>
        <translation>检查无法读取的行</translation>
    </message>
    <message>
        <source>Check for duplicates</source>
        <translation>检查重复</translation>
    </message>
    <message>
        <source>Check for leakage</source>
        <translation>检查泄漏</translation>
    </message>
    <message>
        <source>Save a cleaned copy</source>
        <translation>保存清理后的副本</translation>
    </message>
    <message>
        <source>nearly equal too</source>
        <translation>包括近似相同的</translation>
    </message>
    <message>
        <source>Also rows that share at least 80 % of their word sequences</source>
        <translation>也包括至少 80 % 的词序列相同的行</translation>
    </message>
    <message>
        <source>validation file, or 5 % of the rows</source>
        <translation>验证文件，或 5 % 的行</translation>
    </message>
    <message>
        <source>The file to compare with; without one, 5 % of these rows as a run would choose them</source>
        <translation>用来比较的文件；没有时，按训练的选法取这些行的 5 %</translation>
    </message>
    <message>
        <source>Validation file</source>
        <translation>验证文件</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>Row</source>
        <translation>行</translation>
    </message>
    <message>
        <source>What was found</source>
        <translation>发现的内容</translation>
    </message>
</context>
<context>
    <name>lathe::ui::RailButton</name>
    <message>
        <source>work is running</source>
        <translation>有任务在运行</translation>
    </message>
    <message numerus="yes">
        <source>%n alert(s)</source>
        <translation>
            <numerusform>%n 条提醒</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>lathe::ui::RemoteChooser</name>
    <message>
        <source>Path on the other machine</source>
        <translation>远程机器上的路径</translation>
    </message>
    <message>
        <source>Type a path and press Enter to go there</source>
        <translation>输入路径并按回车前往</translation>
    </message>
    <message>
        <source>Folders and files on the other machine</source>
        <translation>远程机器上的文件夹和文件</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Choose this folder</source>
        <translation>选择此文件夹</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>选择</translation>
    </message>
    <message>
        <source>model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>adapter</source>
        <translation>适配器</translation>
    </message>
</context>
<context>
    <name>lathe::ui::RolesView</name>
    <message>
        <source>automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>text, every line a row</source>
        <translation>文本，每行一条</translation>
    </message>
    <message>
        <source>text, rows between empty lines</source>
        <translation>文本，空行分隔</translation>
    </message>
    <message>
        <source>text, the whole file one row</source>
        <translation>文本，整个文件一条</translation>
    </message>
    <message>
        <source>conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>instructions or prompts with an answer</source>
        <translation>指令或提示及其回答</translation>
    </message>
    <message>
        <source>preference pairs</source>
        <translation>偏好对</translation>
    </message>
    <message>
        <source>text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Say what the rows are, and which column plays which part.</source>
        <translation>请说明这些行是什么，以及各列的角色。</translation>
    </message>
    <message>
        <source>choose a column</source>
        <translation>选择一列</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Choose a column for “%1”.</source>
        <translation>请为“%1”选择一列。</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / 共 %2</translation>
    </message>
    <message>
        <source>What the rows are</source>
        <translation>这些行是什么</translation>
    </message>
    <message>
        <source>What every row holds; automatic looks at the first rows</source>
        <translation>每一行的内容；“自动”会查看前几行</translation>
    </message>
    <message>
        <source>Back to what was found</source>
        <translation>恢复自动识别的结果</translation>
    </message>
    <message>
        <source>Forget these roles and look at the first rows again</source>
        <translation>放弃这些角色，重新查看前几行</translation>
    </message>
    <message>
        <source>Columns of the file</source>
        <translation>文件中的列</translation>
    </message>
    <message>
        <source>Column</source>
        <translation>列</translation>
    </message>
    <message>
        <source>Holds</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>行数</translation>
    </message>
    <message>
        <source>Example</source>
        <translation>示例</translation>
    </message>
    <message>
        <source>The first row, read in this way</source>
        <translation>按此方式读取的第一行</translation>
    </message>
</context>
<context>
    <name>lathe::ui::RowView</name>
    <message>
        <source>… %1 more</source>
        <translation>… 还有 %1 个</translation>
    </message>
    <message>
        <source>Row %1 · %2, line %3</source>
        <translation>第 %1 行 · %2，文件第 %3 行</translation>
    </message>
    <message>
        <source>%1:%2:%3: %4. Training leaves this row out.</source>
        <translation>%1:%2:%3：%4。训练会跳过这一行。</translation>
    </message>
    <message>
        <source>Filled tokens are learned, dashed ones are only read.</source>
        <translation>实心的词元参与学习，虚线的只读取。</translation>
    </message>
    <message>
        <source>The row is left out: it is longer than the sequence length.</source>
        <translation>这一行被跳过：它超过了序列长度。</translation>
    </message>
    <message>
        <source>%1 tokens are cut off; they are struck through.</source>
        <translation>%1 个词元被截掉；它们带有删除线。</translation>
    </message>
    <message>
        <source>It becomes %1 token rows; a bar stands before each.</source>
        <translation>它变成 %1 个词元行；每个之前有一条竖线。</translation>
    </message>
    <message>
        <source>Nothing of it is learned, so training leaves it out.</source>
        <translation>其中没有可学习的内容，因此训练会跳过它。</translation>
    </message>
    <message>
        <source>Template: %1.</source>
        <translation>模板：%1。</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>%1 tokens, %2 learned</source>
        <translation>%1 个词元，学习 %2 个</translation>
    </message>
    <message>
        <source>%1 to %2 shown</source>
        <translation>显示第 %1 到 %2 个</translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Who says what, and what is learned</source>
        <translation>谁说了什么，学习哪些</translation>
    </message>
    <message>
        <source>In the file</source>
        <translation>文件原文</translation>
    </message>
    <message>
        <source>The row as it stands in the file</source>
        <translation>这一行在文件中的样子</translation>
    </message>
    <message>
        <source>Show the row</source>
        <translation>显示这一行</translation>
    </message>
    <message>
        <source>Tokens before</source>
        <translation>前面的词元</translation>
    </message>
    <message>
        <source>Tokens behind</source>
        <translation>后面的词元</translation>
    </message>
</context>
<context>
    <name>lathe::ui::RowsModel</name>
    <message>
        <source>Row</source>
        <translation>行</translation>
    </message>
    <message>
        <source>Begins with</source>
        <translation>开头</translation>
    </message>
</context>
<context>
    <name>lathe::ui::RowsView</name>
    <message>
        <source>Go to row</source>
        <translation>转到行</translation>
    </message>
    <message>
        <source>Type a number and press Enter</source>
        <translation>输入数字并按回车键</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>行</translation>
    </message>
</context>
<context>
    <name>lathe::ui::RunAlertsView</name>
    <message>
        <source>Alerts</source>
        <translation>提醒</translation>
    </message>
    <message>
        <source>over</source>
        <translation>已结束</translation>
    </message>
    <message>
        <source>alert</source>
        <translation>提醒</translation>
    </message>
    <message>
        <source>step %1 · over</source>
        <translation>第 %1 步 · 已结束</translation>
    </message>
    <message>
        <source>step %1</source>
        <translation>第 %1 步</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Pauses the run until you continue it</source>
        <translation>暂停训练，直到您继续</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Saves a checkpoint and ends the run</source>
        <translation>保存检查点并结束训练</translation>
    </message>
    <message>
        <source>Stop this run?</source>
        <translation>停止这次训练？</translation>
    </message>
    <message>
        <source>It saves a checkpoint first, so it can be resumed from there.</source>
        <translation>会先保存检查点，之后可以从那里恢复。</translation>
    </message>
    <message>
        <source>Stop the run</source>
        <translation>停止训练</translation>
    </message>
    <message>
        <source>New run at %1</source>
        <translation>以 %1 新建训练</translation>
    </message>
    <message>
        <source>Sets up the same run with a third of the learning rate (it was %1)</source>
        <translation>以三分之一的学习率设置同样的训练（原为 %1）</translation>
    </message>
    <message>
        <source>New run on the GPU</source>
        <translation>在 GPU 上新建训练</translation>
    </message>
    <message>
        <source>Sets up the same run for the GPU; it says why if that one cannot be used</source>
        <translation>在 GPU 上设置同样的训练；如果 GPU 不可用，会说明原因</translation>
    </message>
    <message>
        <source>New run like it</source>
        <translation>新建同样的训练</translation>
    </message>
    <message>
        <source>Sets up a new run with this specification, to be changed</source>
        <translation>以此配置设置新训练，可再修改</translation>
    </message>
</context>
<context>
    <name>lathe::ui::RunCharts</name>
    <message>
        <source>saved</source>
        <translation>已保存</translation>
    </message>
    <message>
        <source>rate changed</source>
        <translation>学习率已改</translation>
    </message>
    <message>
        <source>resumed</source>
        <translation>已恢复</translation>
    </message>
    <message>
        <source>skipped</source>
        <translation>已跳过</translation>
    </message>
    <message>
        <source>warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>error</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>train %1</source>
        <translation>训练 %1</translation>
    </message>
    <message>
        <source>eval %1, best %2</source>
        <translation>评估 %1，最佳 %2</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>eval</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>Throughput</source>
        <translation>吞吐量</translation>
    </message>
    <message>
        <source>throughput</source>
        <translation>吞吐量</translation>
    </message>
    <message>
        <source>reserved</source>
        <translation>已预留</translation>
    </message>
    <message>
        <source>in use</source>
        <translation>使用中</translation>
    </message>
    <message>
        <source>Gradient norm</source>
        <translation>梯度范数</translation>
    </message>
    <message>
        <source>gradient norm</source>
        <translation>梯度范数</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Memory, GiB</source>
        <translation>内存（GiB）</translation>
    </message>
    <message>
        <source>sample</source>
        <translation>采样</translation>
    </message>
    <message>
        <source>%1 W</source>
        <translation>%1 W</translation>
    </message>
    <message>
        <source>this batch</source>
        <translation>此批次</translation>
    </message>
    <message>
        <source>GPU utilisation</source>
        <translation>GPU 利用率</translation>
    </message>
    <message>
        <source>GPU power</source>
        <translation>GPU 功率</translation>
    </message>
</context>
<context>
    <name>lathe::ui::RunEventsModel</name>
    <message>
        <source>Step %1: %2</source>
        <translation>第 %1 步：%2</translation>
    </message>
    <message>
        <source>The result is saved.</source>
        <translation>结果已保存。</translation>
    </message>
    <message>
        <source>Checkpoint saved.</source>
        <translation>已保存检查点。</translation>
    </message>
    <message>
        <source>Validation loss %1.</source>
        <translation>验证损失 %1。</translation>
    </message>
    <message>
        <source>Resumed from its checkpoint.</source>
        <translation>已从检查点恢复。</translation>
    </message>
    <message>
        <source>Skipped: its gradient was not finite.</source>
        <translation>已跳过：梯度不是有限值。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::RunView</name>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>tok/s</source>
        <translation>词元/秒</translation>
    </message>
    <message>
        <source>Took</source>
        <translation>用时</translation>
    </message>
    <message>
        <source>Left</source>
        <translation>剩余</translation>
    </message>
    <message>
        <source>Memory by category</source>
        <translation>内存分类</translation>
    </message>
    <message>
        <source>Memory by category, predicted</source>
        <translation>内存分类（预测）</translation>
    </message>
    <message>
        <source>Predicted / measured</source>
        <translation>预测 / 实测</translation>
    </message>
    <message>
        <source>Stop this run?</source>
        <translation>停止这次训练？</translation>
    </message>
    <message>
        <source>It saves a checkpoint first, so it can be resumed from there.</source>
        <translation>会先保存检查点，之后可以从那里恢复。</translation>
    </message>
    <message>
        <source>Stop the run</source>
        <translation>停止训练</translation>
    </message>
    <message>
        <source>Evaluate</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>复制为新训练</translation>
    </message>
    <message>
        <source>Chat with it</source>
        <translation>与它对话</translation>
    </message>
    <message>
        <source>New run</source>
        <translation>新建训练</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>Epoch</source>
        <translation>轮次</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Throughput</source>
        <translation>吞吐量</translation>
    </message>
    <message>
        <source>Peak memory</source>
        <translation>内存峰值</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>显示全部</translation>
    </message>
    <message>
        <source>Progress of the run</source>
        <translation>训练进度</translation>
    </message>
    <message>
        <source>step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Horizontal axis of the charts</source>
        <translation>图表的横轴</translation>
    </message>
    <message>
        <source>Events</source>
        <translation>事件</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Saves, evaluations and anything unusual will be listed here.</source>
        <translation>保存、评估和异常情况会列在这里。</translation>
    </message>
    <message>
        <source>of %1 · %2</source>
        <translation>共 %1 · %2</translation>
    </message>
    <message>
        <source>Free</source>
        <translation>空闲</translation>
    </message>
    <message>
        <source>Batch behind a step</source>
        <translation>某一步的批次</translation>
    </message>
    <message>
        <source>Step, from 1 to %1</source>
        <translation>步，从 1 到 %1</translation>
    </message>
    <message>
        <source>Sample</source>
        <translation>采样</translation>
    </message>
    <message>
        <source>Answer the probe prompts now, with the weights of this step</source>
        <translation>现在用这一步的权重回答探测提示词</translation>
    </message>
</context>
<context>
    <name>lathe::ui::RunsModel</name>
    <message>
        <source>running %1 %</source>
        <translation>运行中 %1 %</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Eval</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>Curve</source>
        <translation>曲线</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>开始时间</translation>
    </message>
    <message>
        <source>Tick several runs to compare them.</source>
        <translation>勾选多次训练以进行比较。</translation>
    </message>
    <message>
        <source>What the run's folder takes on the disk.</source>
        <translation>训练文件夹占用的磁盘空间。</translation>
    </message>
    <message>
        <source>tok/s</source>
        <translation>词元/秒</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>磁盘</translation>
    </message>
</context>
<context>
    <name>lathe::ui::RunsPage</name>
    <message>
        <source>New run</source>
        <translation>新建训练</translation>
    </message>
    <message>
        <source>Rename the run</source>
        <translation>重命名训练</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>“%1” was moved to the bin.</source>
        <translation>“%1”已移入回收站。</translation>
    </message>
    <message>
        <source>Stop the run before deleting it.</source>
        <translation>请先停止训练再删除。</translation>
    </message>
    <message>
        <source>1 run</source>
        <translation>1 次训练</translation>
    </message>
    <message>
        <source>%1 runs</source>
        <translation>%1 次训练</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>训练记录</translation>
    </message>
    <message>
        <source>Filter runs</source>
        <translation>筛选训练</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Chat with it</source>
        <translation>与它对话</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>复制为新训练</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>No runs yet</source>
        <translation>还没有训练</translation>
    </message>
    <message>
        <source>Every run that you start is kept here with its curves, checkpoints and specification.</source>
        <translation>您启动的每次训练都保存在这里，包括曲线、检查点和配置。</translation>
    </message>
    <message>
        <source>Set up the first run</source>
        <translation>设置第一次训练</translation>
    </message>
    <message>
        <source>The tag “%1” was added.</source>
        <translation>已添加标签“%1”。</translation>
    </message>
    <message>
        <source>The tag “%1” was removed.</source>
        <translation>已移除标签“%1”。</translation>
    </message>
    <message>
        <source>Move the run to the bin (Delete); it can be undone</source>
        <translation>将训练移入回收站 (Delete)；可以撤销</translation>
    </message>
    <message>
        <source>Compare %1</source>
        <translation>比较 %1 项</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>At most %1 runs can be compared at once.</source>
        <translation>最多可同时比较 %1 次训练。</translation>
    </message>
    <message>
        <source>Tick two or more runs first (Space).</source>
        <translation>请先勾选两次或更多训练（空格键）。</translation>
    </message>
    <message>
        <source>Overlay the curves of the ticked runs and show what differs (Ctrl+Enter)</source>
        <translation>叠加已勾选训练的曲线并显示差异 (Ctrl+Enter)</translation>
    </message>
    <message>
        <source>%1 of %2 runs shown</source>
        <translation>显示 %2 次训练中的 %1 次</translation>
    </message>
    <message>
        <source>Compare the ticked runs</source>
        <translation>比较已勾选的训练</translation>
    </message>
    <message>
        <source>Show the run with its curves (Enter)</source>
        <translation>显示训练及其曲线 (Enter)</translation>
    </message>
    <message>
        <source>A conversation with the base model and the result side by side</source>
        <translation>与基础模型和训练结果并排对话</translation>
    </message>
    <message>
        <source>Go on from the last checkpoint</source>
        <translation>从最后一个检查点继续</translation>
    </message>
    <message>
        <source>Set up a new run with the same specification</source>
        <translation>以相同配置设置新训练</translation>
    </message>
    <message>
        <source>Give the run another name (F2)</source>
        <translation>重命名训练 (F2)</translation>
    </message>
    <message>
        <source>Untick all</source>
        <translation>全部取消勾选</translation>
    </message>
    <message>
        <source>No run is ticked any more</source>
        <translation>取消勾选所有训练</translation>
    </message>
    <message>
        <source>Name, model, data, tag or state…</source>
        <translation>名称、模型、数据、标签或状态…</translation>
    </message>
    <message>
        <source>Shows the runs in which every word occurs</source>
        <translation>显示包含所有关键词的训练</translation>
    </message>
    <message>
        <source>Every state</source>
        <translation>全部状态</translation>
    </message>
    <message>
        <source>At work</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>Stopped or failed</source>
        <translation>已停止或失败</translation>
    </message>
    <message>
        <source>Shows the runs in these states only</source>
        <translation>只显示处于这些状态的训练</translation>
    </message>
    <message>
        <source>Filter by state</source>
        <translation>按状态筛选</translation>
    </message>
    <message>
        <source>Filter by tags</source>
        <translation>按标签筛选</translation>
    </message>
    <message>
        <source>Shows the runs that have all of these tags</source>
        <translation>显示具有所有这些标签的训练</translation>
    </message>
    <message>
        <source>Bin: deleted runs and conversations</source>
        <translation>回收站：已删除的训练和对话</translation>
    </message>
    <message>
        <source>Bin…</source>
        <translation>回收站…</translation>
    </message>
    <message>
        <source>Deleted runs and conversations: put back, or remove for good</source>
        <translation>已删除的训练和对话：放回，或彻底移除</translation>
    </message>
</context>
<context>
    <name>lathe::ui::SamplesView</name>
    <message>
        <source>Answered after the next save, or with Sample.</source>
        <translation>下次保存后回答，或点击“采样”立即回答。</translation>
    </message>
    <message>
        <source>(an empty answer)</source>
        <translation>（空回答）</translation>
    </message>
    <message>
        <source>The base model says the same</source>
        <translation>基础模型的回答相同</translation>
    </message>
    <message>
        <source>Hide the base model's answer</source>
        <translation>隐藏基础模型的回答</translation>
    </message>
    <message>
        <source>Show the base model's answer</source>
        <translation>显示基础模型的回答</translation>
    </message>
    <message>
        <source>Probe prompts</source>
        <translation>探测提示词</translation>
    </message>
    <message>
        <source>Probe prompts · step %1</source>
        <translation>探测提示词 · 第 %1 步</translation>
    </message>
    <message>
        <source>The newest answers are of step %1.</source>
        <translation>最新的回答来自第 %1 步。</translation>
    </message>
    <message>
        <source>Older answers</source>
        <translation>较早的回答</translation>
    </message>
    <message>
        <source>Newer answers</source>
        <translation>较新的回答</translation>
    </message>
</context>
<context>
    <name>lathe::ui::ScanView</name>
    <message>
        <source>Untick all</source>
        <translation>全部取消勾选</translation>
    </message>
    <message>
        <source>Tick all</source>
        <translation>全选</translation>
    </message>
    <message>
        <source>Add %1</source>
        <translation>添加 %1 个</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>%1 found, %2 files and folders seen</source>
        <translation>找到 %1 个，查看了 %2 个文件和文件夹</translation>
    </message>
    <message>
        <source>%1 found</source>
        <translation>找到 %1 个</translation>
    </message>
    <message>
        <source>The scan was stopped: there may be more.</source>
        <translation>扫描已停止：可能还有更多。</translation>
    </message>
    <message>
        <source>There were too many files: there may be more.</source>
        <translation>文件太多：可能还有更多。</translation>
    </message>
    <message>
        <source>Looked at: %1</source>
        <translation>已查看：%1</translation>
    </message>
    <message>
        <source>Models on this computer</source>
        <translation>这台计算机上的模型</translation>
    </message>
    <message>
        <source>Back to the models</source>
        <translation>返回模型</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Stop the scan; what was found stays</source>
        <translation>停止扫描；已找到的保留</translation>
    </message>
    <message>
        <source>Scan again</source>
        <translation>重新扫描</translation>
    </message>
    <message>
        <source>Look through the folders again</source>
        <translation>再次查看这些文件夹</translation>
    </message>
    <message>
        <source>Every model that can be added</source>
        <translation>可以添加的所有模型</translation>
    </message>
    <message>
        <source>Put the ticked models into the list; their files stay where they are</source>
        <translation>把勾选的模型放入列表；文件留在原处</translation>
    </message>
    <message>
        <source>No models found</source>
        <translation>没有找到模型</translation>
    </message>
    <message>
        <source>The caches of Hugging Face, LM Studio, Ollama and llama.cpp hold no models here. Add a folder by hand, or load one with `lathe pull`.</source>
        <translation>Hugging Face、LM Studio、Ollama 和 llama.cpp 的缓存中没有模型。请手动添加文件夹，或用 `lathe pull` 下载。</translation>
    </message>
    <message>
        <source>Models found</source>
        <translation>找到的模型</translation>
    </message>
    <message>
        <source>Space ticks a model</source>
        <translation>按空格键勾选模型</translation>
    </message>
    <message>
        <source>Progress of the scan</source>
        <translation>扫描进度</translation>
    </message>
</context>
<context>
    <name>lathe::ui::SearchableCombo</name>
    <message>
        <source>Search…</source>
        <translation>搜索…</translation>
    </message>
    <message>
        <source>Search in %1</source>
        <translation>在“%1”中搜索</translation>
    </message>
    <message>
        <source>Choices</source>
        <translation>可选项</translation>
    </message>
    <message>
        <source>Nothing matches.</source>
        <translation>没有匹配项。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::Session</name>
    <message>
        <source>CPU</source>
        <translation>处理器</translation>
    </message>
</context>
<context>
    <name>lathe::ui::SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Home folder</source>
        <translation>主文件夹</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Light theme</source>
        <translation>浅色主题</translation>
    </message>
    <message>
        <source>Dark theme</source>
        <translation>深色主题</translation>
    </message>
    <message>
        <source>Theme of the desktop</source>
        <translation>跟随桌面主题</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Automatic follows the desktop and switches with it.</source>
        <translation>“自动”跟随桌面设置并随之切换。</translation>
    </message>
    <message>
        <source>Changes at once; nothing has to be started again.</source>
        <translation>立即生效，无需重新启动。</translation>
    </message>
    <message>
        <source>Runs, chats and settings are kept here. Start with --home DIR or LATHE_HOME to use another one.</source>
        <translation>训练、对话和设置保存在这里。用 --home DIR 或 LATHE_HOME 启动可换用其他文件夹。</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Notifications</source>
        <translation>通知</translation>
    </message>
    <message>
        <source>Stay awake while training</source>
        <translation>训练时不睡眠</translation>
    </message>
    <message>
        <source>Look</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Work</source>
        <translation>工作</translation>
    </message>
    <message>
        <source>Desktop</source>
        <translation>桌面</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
    <message>
        <source>Size of everything</source>
        <translation>界面缩放</translation>
    </message>
    <message>
        <source>On top of the desktop's own scale; from the next start of the window.</source>
        <translation>在桌面自身缩放的基础上叠加；下次启动窗口时生效。</translation>
    </message>
    <message>
        <source>Machines</source>
        <translation>机器</translation>
    </message>
    <message>
        <source>Where models, data and runs are. The window stays here; ssh does the rest.</source>
        <translation>模型、数据和训练所在的机器。窗口在本机，其余由 ssh 完成。</translation>
    </message>
    <message>
        <source>Device of new runs</source>
        <translation>新训练的设备</translation>
    </message>
    <message>
        <source>What the form begins with; each run can have another one.</source>
        <translation>表单的初始值；每次训练可另行选择。</translation>
    </message>
    <message>
        <source>Only while this window is not the active one. A click opens the run.</source>
        <translation>仅在此窗口不是活动窗口时通知。点击可打开训练。</translation>
    </message>
    <message>
        <source>Sleep</source>
        <translation>睡眠</translation>
    </message>
    <message>
        <source>While this window is open and a run works on this computer. On the command line: lathe train --keep-awake.</source>
        <translation>在此窗口打开且本机有训练运行时生效。命令行用法：lathe train --keep-awake。</translation>
    </message>
    <message>
        <source>Tell when a run ends</source>
        <translation>训练结束时通知</translation>
    </message>
    <message>
        <source>Keep this computer awake while it trains</source>
        <translation>训练时阻止本机睡眠</translation>
    </message>
    <message>
        <source>About Lathe</source>
        <translation>关于 Lathe</translation>
    </message>
    <message>
        <source>Version, build, and the licence of every part</source>
        <translation>版本、构建信息和各组成部分的许可证</translation>
    </message>
    <message>
        <source>Log bundle…</source>
        <translation>日志包…</translation>
    </message>
    <message>
        <source>Doctor report, logs and recent specifications in one file, without secrets</source>
        <translation>将诊断报告、日志和最近的配置放入一个文件，不含敏感信息</translation>
    </message>
    <message>
        <source>Show the folder in the file manager</source>
        <translation>在文件管理器中显示此文件夹</translation>
    </message>
</context>
<context>
    <name>lathe::ui::SetupInspector</name>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>The engine is not connected.</source>
        <translation>引擎未连接。</translation>
    </message>
    <message>
        <source>Choose a base model first.</source>
        <translation>请先选择基础模型。</translation>
    </message>
    <message>
        <source>Choose the training data first.</source>
        <translation>请先选择训练数据。</translation>
    </message>
    <message>
        <source>No token of this data would be learned.</source>
        <translation>这些数据没有可学习的词元。</translation>
    </message>
    <message>
        <source>of %1 free · %2</source>
        <translation>共 %1 可用 · %2</translation>
    </message>
    <message>
        <source>fits</source>
        <translation>放得下</translation>
    </message>
    <message>
        <source>too much</source>
        <translation>超出</translation>
    </message>
    <message>
        <source>Trains %1 of %2 parameters (%3 %).</source>
        <translation>训练 %2 个参数中的 %1 个（%3 %）。</translation>
    </message>
    <message>
        <source>Choose a model to see what the run will need.</source>
        <translation>选择模型后可查看训练所需资源。</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>正在启动…</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>%1 steps</source>
        <translation>%1 步</translation>
    </message>
    <message>
        <source>% of the steps</source>
        <translation>% 的步数</translation>
    </message>
    <message>
        <source>%1 rows cannot be read and are left out.</source>
        <translation>%1 行无法读取，已略过。</translation>
    </message>
    <message>
        <source>%1 rows have nothing to learn.</source>
        <translation>%1 行没有可学习的内容。</translation>
    </message>
    <message>
        <source>%1 % of the tokens are learned.</source>
        <translation>%1 % 的词元参与学习。</translation>
    </message>
    <message>
        <source>%1 rows are kept for validation.</source>
        <translation>%1 行留作验证。</translation>
    </message>
    <message>
        <source>Nothing to report yet.</source>
        <translation>暂无问题。</translation>
    </message>
    <message>
        <source>Memory this run will need</source>
        <translation>这次训练需要的内存</translation>
    </message>
    <message>
        <source>Speed and time</source>
        <translation>速度与时间</translation>
    </message>
    <message>
        <source>Before you start</source>
        <translation>开始之前</translation>
    </message>
    <message>
        <source>Name of the run</source>
        <translation>训练名称</translation>
    </message>
    <message>
        <source>copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Save the specification and copy its command line</source>
        <translation>保存配置并复制命令行</translation>
    </message>
    <message>
        <source>Saves the specification and copies the command that runs it in a terminal</source>
        <translation>保存配置，并复制在终端中运行它的命令</translation>
    </message>
    <message>
        <source>A mixture of experts: each token is computed with %1 of the parameters.</source>
        <translation>混合专家模型：每个词元用 %1 的参数计算。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::SetupView</name>
    <message>
        <source>New fine-tuning run</source>
        <translation>新建微调训练</translation>
    </message>
    <message>
        <source>Find an option…</source>
        <translation>查找选项…</translation>
    </message>
    <message>
        <source>Find an option</source>
        <translation>查找选项</translation>
    </message>
    <message>
        <source>Simple</source>
        <translation>简单</translation>
    </message>
    <message>
        <source>The few options that matter most</source>
        <translation>最重要的几个选项</translation>
    </message>
    <message>
        <source>All options</source>
        <translation>全部选项</translation>
    </message>
    <message>
        <source>Every option of the specification</source>
        <translation>配置中的每个选项</translation>
    </message>
    <message>
        <source>How many options</source>
        <translation>选项多少</translation>
    </message>
    <message>
        <source>The form was filled anew.</source>
        <translation>表单已重新填写。</translation>
    </message>
    <message>
        <source>The recipe “%1” was applied.</source>
        <translation>已应用方案“%1”。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::SleepGuard</name>
    <message>
        <source>A model is being trained</source>
        <translation>正在训练模型</translation>
    </message>
</context>
<context>
    <name>lathe::ui::SocketLink</name>
    <message>
        <source>The connection to the engine was lost.</source>
        <translation>与引擎的连接已断开。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::Sparkline</name>
    <message>
        <source>trend</source>
        <translation>趋势</translation>
    </message>
</context>
<context>
    <name>lathe::ui::StackedBar</name>
    <message>
        <source>%1 of %2 GiB</source>
        <translation>%1 / 共 %2 GiB</translation>
    </message>
</context>
<context>
    <name>lathe::ui::StatisticsView</name>
    <message>
        <source>The choices have changed: count again.</source>
        <translation>选项已更改：请重新统计。</translation>
    </message>
    <message>
        <source>Reads every row and counts its tokens.</source>
        <translation>读取每一行并统计词元。</translation>
    </message>
    <message>
        <source>Use %1, which keeps 99 % of the rows whole</source>
        <translation>使用 %1，99 % 的行保持完整</translation>
    </message>
    <message>
        <source>Counted in %1.</source>
        <translation>统计用时 %1。</translation>
    </message>
    <message>
        <source>less than a second</source>
        <translation>不到一秒</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>1 row cannot be read.</source>
        <translation>1 行无法读取。</translation>
    </message>
    <message>
        <source>%1 rows cannot be read.</source>
        <translation>%1 行无法读取。</translation>
    </message>
    <message>
        <source>No row is longer than %1 tokens: nothing is cut.</source>
        <translation>没有超过 %1 个词元的行：不会截断。</translation>
    </message>
    <message>
        <source>1 row is longer than %1 tokens:</source>
        <translation>1 行超过 %1 个词元：</translation>
    </message>
    <message>
        <source>%1 rows are longer than %2 tokens:</source>
        <translation>%1 行超过 %2 个词元：</translation>
    </message>
    <message>
        <source>%1 are cut,</source>
        <translation>%1 行被截断，</translation>
    </message>
    <message>
        <source>%1 are split into %2 pieces,</source>
        <translation>%1 行被拆成 %2 段，</translation>
    </message>
    <message>
        <source>%1 are left out,</source>
        <translation>%1 行被跳过，</translation>
    </message>
    <message>
        <source>and %1 tokens are lost.</source>
        <translation>共丢失 %1 个词元。</translation>
    </message>
    <message>
        <source>%1 full · %2 microbatches in %3 steps</source>
        <translation>填充率 %1 · %2 个微批次，%3 步</translation>
    </message>
    <message>
        <source>Each line is a microbatch of the first epoch, each box a row, filled by the share that is learned. Rows do not see each other. Packed by %1; no way to pack these steps needs fewer than %2 microbatches.</source>
        <translation>每条线是第一轮的一个微批次，每个方框是一行，按参与学习的比例填充。各行互不可见。按%1打包；没有办法用少于 %2 个微批次装下这些步。</translation>
    </message>
    <message>
        <source>Count every row</source>
        <translation>统计所有行</translation>
    </message>
    <message>
        <source>Tokenize the whole dataset with these choices and count</source>
        <translation>按这些选项把整个数据集转成词元并统计</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>行数</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Learned</source>
        <translation>学习</translation>
    </message>
    <message>
        <source>Median</source>
        <translation>中位数</translation>
    </message>
    <message>
        <source>95 % have at most</source>
        <translation>95 % 不超过</translation>
    </message>
    <message>
        <source>Longest</source>
        <translation>最长</translation>
    </message>
    <message>
        <source>Rows without anything to learn</source>
        <translation>没有可学习内容的行</translation>
    </message>
    <message>
        <source>Lengths</source>
        <translation>长度</translation>
    </message>
    <message>
        <source>Packing</source>
        <translation>打包</translation>
    </message>
    <message>
        <source>Sets the sequence length above</source>
        <translation>设置上面的序列长度</translation>
    </message>
</context>
<context>
    <name>lathe::ui::StatusStrip</name>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>另有 %n 个</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>lathe::ui::SystemPage</name>
    <message>
        <source>Nothing was checked yet.</source>
        <translation>尚未检查。</translation>
    </message>
    <message>
        <source>Everything is in order.</source>
        <translation>一切正常。</translation>
    </message>
    <message>
        <source>Everything works; %1 could be better.</source>
        <translation>一切可用；%1 项可以更好。</translation>
    </message>
    <message>
        <source>%1 to fix, %2 that could be better.</source>
        <translation>%1 项需要修复，%2 项可以更好。</translation>
    </message>
    <message>
        <source>%1 to fix.</source>
        <translation>%1 项需要修复。</translation>
    </message>
    <message>
        <source>processor</source>
        <translation>处理器</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>正在检查…</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>重新检查</translation>
    </message>
    <message>
        <source>The engine is not connected.</source>
        <translation>引擎未连接。</translation>
    </message>
    <message>
        <source>The engine is not connected: these are the last figures it sent.</source>
        <translation>引擎未连接：以下是它最后发送的数据。</translation>
    </message>
    <message>
        <source>Looking at the devices</source>
        <translation>正在查看设备</translation>
    </message>
    <message>
        <source>Their memory, utilisation, power and temperature appear here in a moment.</source>
        <translation>内存、利用率、功率和温度马上显示在这里。</translation>
    </message>
    <message>
        <source>The engine is not connected</source>
        <translation>引擎未连接</translation>
    </message>
    <message>
        <source>The devices of its machine and what they do appear here as soon as it answers.</source>
        <translation>引擎响应后，这里显示其机器的设备和运行情况。</translation>
    </message>
    <message>
        <source>Lathe %1, process %2</source>
        <translation>Lathe %1，进程 %2</translation>
    </message>
    <message>
        <source>not connected yet</source>
        <translation>尚未连接</translation>
    </message>
    <message>
        <source>Check this machine</source>
        <translation>检查此机器</translation>
    </message>
    <message>
        <source>System</source>
        <translation>系统</translation>
    </message>
    <message>
        <source>What the machine offers</source>
        <translation>机器状况</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>引擎</translation>
    </message>
    <message>
        <source>No NVIDIA GPU can be used here, so everything runs on the processor.</source>
        <translation>这里没有可用的 NVIDIA GPU，因此一切都在处理器上运行。</translation>
    </message>
    <message>
        <source>With an NVIDIA card: install its driver, version 580 or later, then check again.</source>
        <translation>如有 NVIDIA 显卡：请安装 580 或更高版本的驱动，然后重新检查。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::TagChip</name>
    <message>
        <source>Remove the tag “%1”</source>
        <translation>移除标签“%1”</translation>
    </message>
</context>
<context>
    <name>lathe::ui::TagStrip</name>
    <message>
        <source>No run is chosen</source>
        <translation>未选择训练</translation>
    </message>
    <message>
        <source>Tags of the ticked runs: %1</source>
        <translation>已勾选训练的标签：%1</translation>
    </message>
    <message>
        <source>Tags of “%1”</source>
        <translation>“%1”的标签</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / 共 %2</translation>
    </message>
    <message>
        <source>Add a tag…</source>
        <translation>添加标签…</translation>
    </message>
    <message>
        <source>Enter adds this tag to the chosen run, or to all ticked ones.</source>
        <translation>按回车将此标签添加到所选训练或全部已勾选的训练。</translation>
    </message>
    <message>
        <source>Add a tag</source>
        <translation>添加标签</translation>
    </message>
</context>
<context>
    <name>lathe::ui::TemplateTrialView</name>
    <message>
        <source>The template refuses this conversation: %1</source>
        <translation>模板拒绝了这段对话：%1</translation>
    </message>
    <message>
        <source>The template asks for something that is not there: %1</source>
        <translation>模板需要不存在的内容：%1</translation>
    </message>
    <message>
        <source>The template was stopped: %1</source>
        <translation>模板被中止：%1</translation>
    </message>
    <message>
        <source>The template has a mistake: %1</source>
        <translation>模板有错误：%1</translation>
    </message>
    <message>
        <source>template of the model</source>
        <translation>模型的模板</translation>
    </message>
    <message>
        <source>the model has none: built-in ChatML</source>
        <translation>模型没有模板：内置 ChatML</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 个词元</translation>
    </message>
    <message>
        <source>Who says it</source>
        <translation>谁说的</translation>
    </message>
    <message>
        <source>What is said</source>
        <translation>说了什么</translation>
    </message>
    <message>
        <source>Role of turn %1</source>
        <translation>第 %1 轮的角色</translation>
    </message>
    <message>
        <source>Text of turn %1</source>
        <translation>第 %1 轮的文本</translation>
    </message>
    <message>
        <source>Leave turn %1 out</source>
        <translation>去掉第 %1 轮</translation>
    </message>
    <message>
        <source>This is what the model gets to read for such a conversation.</source>
        <translation>对于这样的对话，模型读到的就是这些。</translation>
    </message>
    <message>
        <source>Add a turn</source>
        <translation>添加一轮</translation>
    </message>
    <message>
        <source>One more turn at the end</source>
        <translation>在末尾再加一轮</translation>
    </message>
    <message>
        <source>Ask for a reply</source>
        <translation>请求回答</translation>
    </message>
    <message>
        <source>Ends with the header of the assistant's turn (the generation prompt)</source>
        <translation>以助手回合的开头结束（生成提示）</translation>
    </message>
    <message>
        <source>The conversation as the model gets it</source>
        <translation>模型得到的对话</translation>
    </message>
</context>
<context>
    <name>lathe::ui::TensorView</name>
    <message>
        <source>Not measured yet: the whole tensor has to be read for its values.</source>
        <translation>尚未测量：需要读取整个张量才能得到这些值。</translation>
    </message>
    <message>
        <source>min %1 · max %2 · mean %3 · σ %4</source>
        <translation>最小 %1 · 最大 %2 · 均值 %3 · σ %4</translation>
    </message>
    <message>
        <source>%1 values</source>
        <translation>%1 个值</translation>
    </message>
    <message>
        <source>%1 are zero</source>
        <translation>%1 个为零</translation>
    </message>
    <message>
        <source>%1 are NaN</source>
        <translation>%1 个为 NaN</translation>
    </message>
    <message>
        <source>%1 are infinite</source>
        <translation>%1 个为无穷大</translation>
    </message>
    <message>
        <source>%1 lie outside the bars</source>
        <translation>%1 个在直方图之外</translation>
    </message>
    <message>
        <source>measured: %1</source>
        <translation>已测量：%1</translation>
    </message>
    <message>
        <source>%1 of %2 read</source>
        <translation>已读取 %1，共 %2</translation>
    </message>
    <message>
        <source>%1 tensors</source>
        <translation>%1 个张量</translation>
    </message>
    <message>
        <source>%1 of %2 tensors</source>
        <translation>%1 个张量，共 %2 个</translation>
    </message>
    <message>
        <source>Part of a name…</source>
        <translation>名称的一部分…</translation>
    </message>
    <message>
        <source>Shows the tensors with this in their names</source>
        <translation>显示名称中含有这些字的张量</translation>
    </message>
    <message>
        <source>Search tensors</source>
        <translation>搜索张量</translation>
    </message>
    <message>
        <source>Tensors</source>
        <translation>张量</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>测量</translation>
    </message>
    <message>
        <source>Read the whole tensor and show extremes, deviation and histogram (Enter). Packed values are unpacked for it.</source>
        <translation>读取整个张量，显示极值、标准差和直方图（回车键）。打包的值会先解包。</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Stop reading the tensor</source>
        <translation>停止读取张量</translation>
    </message>
    <message>
        <source>Progress of the measurement</source>
        <translation>测量进度</translation>
    </message>
</context>
<context>
    <name>lathe::ui::TensorsModel</name>
    <message>
        <source>Tensor</source>
        <translation>张量</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>形状</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Min</source>
        <translation>最小</translation>
    </message>
    <message>
        <source>Max</source>
        <translation>最大</translation>
    </message>
</context>
<context>
    <name>lathe::ui::TextsOption</name>
    <message>
        <source>Add a prompt</source>
        <translation>添加提示词</translation>
    </message>
    <message>
        <source>What would you ask the model?</source>
        <translation>您想问模型什么？</translation>
    </message>
    <message>
        <source>%1, line %2</source>
        <translation>%1，第 %2 行</translation>
    </message>
    <message>
        <source>Remove this line</source>
        <translation>移除此行</translation>
    </message>
</context>
<context>
    <name>lathe::ui::ThinProgress</name>
    <message>
        <source>unknown progress</source>
        <translation>进度未知</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
</context>
<context>
    <name>lathe::ui::TokenChipsView</name>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
</context>
<context>
    <name>lathe::ui::TokenChoices</name>
    <message>
        <source>Tokens as for</source>
        <translation>词元按此模型</translation>
    </message>
    <message>
        <source>Its tokenizer and chat template make the tokens</source>
        <translation>由它的分词器和对话模板生成词元</translation>
    </message>
    <message>
        <source>No model yet</source>
        <translation>还没有模型</translation>
    </message>
    <message>
        <source>Tokens per microbatch</source>
        <translation>每个微批次的词元数</translation>
    </message>
</context>
<context>
    <name>lathe::ui::TokenLegend</name>
    <message>
        <source>Probability of each token</source>
        <translation>各词元的概率</translation>
    </message>
    <message>
        <source>Entropy at each token</source>
        <translation>各词元处的熵</translation>
    </message>
    <message>
        <source>How likely the model held each token, before temperature. The darker and the stronger underlined, the less likely.</source>
        <translation>模型给出的各词元概率（应用温度之前）。颜色越深、下划线越粗，概率越低。</translation>
    </message>
    <message>
        <source>How undecided the model was before each token. The darker and the stronger underlined, the less decided.</source>
        <translation>模型在各词元之前的不确定程度。颜色越深、下划线越粗，越不确定。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::TokenModel</name>
    <message>
        <source>id %1, learned</source>
        <translation>编号 %1，参与学习</translation>
    </message>
    <message>
        <source>id %1, only read</source>
        <translation>编号 %1，只读</translation>
    </message>
    <message>
        <source>%1, learned</source>
        <translation>%1，参与学习</translation>
    </message>
    <message>
        <source>id %1, cut off: beyond the sequence length</source>
        <translation>ID %1，已截掉：超出序列长度</translation>
    </message>
    <message>
        <source>%1, cut off</source>
        <translation>%1，已截掉</translation>
    </message>
</context>
<context>
    <name>lathe::ui::TokenPopup</name>
    <message>
        <source>end of the reply</source>
        <translation>回复结束</translation>
    </message>
    <message>
        <source>entropy %1 nat</source>
        <translation>熵 %1 nat</translation>
    </message>
    <message>
        <source>Alternatives to %1</source>
        <translation>%1 的候选项</translation>
    </message>
    <message>
        <source>This one was taken.</source>
        <translation>已选用此词元。</translation>
    </message>
    <message>
        <source>Go on with this token instead, as another version of the reply.</source>
        <translation>改用此词元继续，作为回复的另一个版本。</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1，%2</translation>
    </message>
</context>
<context>
    <name>lathe::ui::TokenPreview</name>
    <message>
        <source>Choose a model and training data to see the first rows exactly as the model will.</source>
        <translation>选择模型和训练数据后，可看到模型实际看到的前几行。</translation>
    </message>
    <message>
        <source>First row, as the model sees it</source>
        <translation>模型看到的第一行</translation>
    </message>
    <message>
        <source>Row %1, as the model sees it</source>
        <translation>模型看到的第 %1 行</translation>
    </message>
    <message>
        <source>Filled tokens are learned, dashed ones are only read.</source>
        <translation>实心的词元参与学习，虚线的只读取。</translation>
    </message>
    <message>
        <source>%1 of %2 tokens learned.</source>
        <translation>%2 个词元中学习 %1 个。</translation>
    </message>
    <message>
        <source>%1 rows are cut at the sequence length.</source>
        <translation>%1 行在序列长度处被截断。</translation>
    </message>
    <message>
        <source>Template: %1.</source>
        <translation>模板：%1。</translation>
    </message>
    <message>
        <source>Previous row</source>
        <translation>上一行</translation>
    </message>
    <message>
        <source>Next row</source>
        <translation>下一行</translation>
    </message>
    <message>
        <source>from the model</source>
        <translation>来自模型</translation>
    </message>
    <message>
        <source>built-in ChatML</source>
        <translation>内置 ChatML</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>%1 longer rows become %2 pieces.</source>
        <translation>%1 个过长的行变成 %2 段。</translation>
    </message>
    <message>
        <source>%1 pieces have nothing to learn and are left out.</source>
        <translation>%1 段没有可学习的内容，会被跳过。</translation>
    </message>
    <message>
        <source>%1 rows are too long and are left out.</source>
        <translation>%1 行过长，会被跳过。</translation>
    </message>
</context>
<context>
    <name>lathe::ui::TokenizerTrialView</name>
    <message>
        <source>%1 tokens, the first %2 shown</source>
        <translation>%1 个词元，显示前 %2 个</translation>
    </message>
    <message>
        <source>%1 tokens · %2 bytes</source>
        <translation>%1 个词元 · %2 字节</translation>
    </message>
    <message>
        <source>Type anything: these are the tokens that the model gets, dashed ones special, ids under the pointer.</source>
        <translation>随意输入：这些就是模型得到的词元，虚线的是特殊词元，指向词元可看到 ID。</translation>
    </message>
    <message>
        <source>With the tokens put around a text</source>
        <translation>包括加在文本两端的词元</translation>
    </message>
    <message>
        <source>Adds what the tokenizer puts in front of and behind a text, such as a begin token</source>
        <translation>加上分词器放在文本前后的词元，例如起始词元</translation>
    </message>
    <message>
        <source>The text to be turned into tokens</source>
        <translation>要转成词元的文本</translation>
    </message>
    <message>
        <source>Text for the tokenizer</source>
        <translation>分词器的文本</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
</context>
<context>
    <name>lathe::ui::TrainForm</name>
    <message>
        <source>%1 rows</source>
        <translation>%1 行</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 个词元</translation>
    </message>
    <message>
        <source>%1 % learned</source>
        <translation>%1 % 参与学习</translation>
    </message>
    <message>
        <source>%1 rows without a reply to learn</source>
        <translation>%1 行没有可学习的回复</translation>
    </message>
    <message>
        <source>estimated</source>
        <translation>估计值</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>输出</translation>
    </message>
    <message>
        <source>No option matches. Try another word, or clear the search.</source>
        <translation>没有匹配的选项。请换一个词，或清除搜索。</translation>
    </message>
    <message>
        <source>comes with Lathe</source>
        <translation>随 Lathe 提供</translation>
    </message>
</context>
<context>
    <name>lathe::ui::TrainPage</name>
    <message>
        <source>New fine-tuning run</source>
        <translation>新建微调训练</translation>
    </message>
    <message>
        <source>Option</source>
        <translation>选项</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Show the batch behind a step</source>
        <translation>显示某一步的批次</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>训练</translation>
    </message>
</context>
<context>
    <name>lathe::ui::Transcript</name>
    <message>
        <source>You</source>
        <translation>您</translation>
    </message>
    <message>
        <source>Reply</source>
        <translation>回复</translation>
    </message>
    <message>
        <source>Loading the model…</source>
        <translation>正在加载模型…</translation>
    </message>
    <message>
        <source>edited</source>
        <translation>已编辑</translation>
    </message>
    <message>
        <source>version %1 of %2</source>
        <translation>版本 %1 / 共 %2</translation>
    </message>
    <message>
        <source>Copy message</source>
        <translation>复制消息</translation>
    </message>
    <message>
        <source>Edit message</source>
        <translation>编辑消息</translation>
    </message>
    <message>
        <source>Write again</source>
        <translation>重新生成</translation>
    </message>
    <message>
        <source>Answer again</source>
        <translation>重新回答</translation>
    </message>
    <message>
        <source>Branch from here</source>
        <translation>从此处创建分支</translation>
    </message>
    <message>
        <source>Alternatives to this token</source>
        <translation>此词元的候选项</translation>
    </message>
</context>
<context>
    <name>lathe::ui::TypeBar</name>
    <message>
        <source>Bytes by type</source>
        <translation>各类型的字节数</translation>
    </message>
    <message>
        <source>others</source>
        <translation>其他</translation>
    </message>
    <message>
        <source>less than 0.1 %</source>
        <translation>不到 0.1 %</translation>
    </message>
</context>
<context>
    <name>lathe::ui::UndoBar</name>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>lathe::ui::UseRow</name>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Open the run %1</source>
        <translation>打开训练 %1</translation>
    </message>
</context>
<context>
    <name>lathe::ui::ValueHistogram</name>
    <message>
        <source>How many values lie in each part of the range. ← and → go through the bars, L shows the logarithm of the counts.</source>
        <translation>每个区间有多少个值。← 和 → 在各条之间移动，L 显示数量的对数。</translation>
    </message>
    <message>
        <source>Histogram</source>
        <translation>直方图</translation>
    </message>
    <message>
        <source>nothing measured yet</source>
        <translation>尚未测量</translation>
    </message>
    <message>
        <source>Histogram of the values</source>
        <translation>值的直方图</translation>
    </message>
    <message>
        <source>no finite values</source>
        <translation>没有有限值</translation>
    </message>
    <message>
        <source>%1 bars from %2 to %3; the highest: %4</source>
        <translation>%1 条，从 %2 到 %3；最高：%4</translation>
    </message>
    <message>
        <source>%1 to %2: %3 values</source>
        <translation>%1 到 %2：%3 个值</translation>
    </message>
</context>
<context>
    <name>lathe::ui::WelcomePage</name>
    <message>
        <source>Folder of a model</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>%1 holds no model: there is no config.json in it. Choose a folder in the format of Hugging Face.</source>
        <translation>%1 中没有模型：其中没有 config.json。请选择 Hugging Face 格式的文件夹。</translation>
    </message>
    <message>
        <source>Make a model better at your own work</source>
        <translation>让模型更擅长您的工作</translation>
    </message>
    <message>
        <source>Three ways to begin. This page comes back from the palette (Ctrl+K), under First steps.</source>
        <translation>三种开始方式。可在命令面板 (Ctrl+K) 的“入门”中重新打开此页。</translation>
    </message>
    <message>
        <source>Its files are on this computer; choose This computer below.</source>
        <translation>其文件在本机上；请在下方选择“本机”。</translation>
    </message>
    <message>
        <source>One click; a minute or two on a processor.</source>
        <translation>只需一次点击；在处理器上需一两分钟。</translation>
    </message>
    <message>
        <source>No model came along with this build.</source>
        <translation>此版本没有随附模型。</translation>
    </message>
    <message>
        <source>Try the demo</source>
        <translation>试用演示</translation>
    </message>
    <message>
        <source>A small model learns to talk like a pirate while you watch. Then compare it with itself as it was before.</source>
        <translation>看着一个小模型学会像海盗一样说话，然后将它与训练前的自己比较。</translation>
    </message>
    <message>
        <source>Open my model</source>
        <translation>打开我的模型</translation>
    </message>
    <message>
        <source>A folder in the format of Hugging Face. The form is filled; look through it and start.</source>
        <translation>Hugging Face 格式的文件夹。表单会自动填写；查看后即可开始。</translation>
    </message>
    <message>
        <source>Llama, Mistral, Qwen, Gemma, Phi and relatives.</source>
        <translation>Llama、Mistral、Qwen、Gemma、Phi 及同类模型。</translation>
    </message>
    <message>
        <source>Work on another machine</source>
        <translation>在另一台机器上工作</translation>
    </message>
    <message>
        <source>The window stays here, the GPU is there. Models, data and runs stay over there.</source>
        <translation>窗口在本机，GPU 在远程机器上。模型、数据和训练都留在远程机器上。</translation>
    </message>
    <message>
        <source>Over ssh, with your keys; Lathe has to be installed there.</source>
        <translation>通过 ssh 使用您的密钥连接；远程机器上须已安装 Lathe。</translation>
    </message>
    <message>
        <source>First steps</source>
        <translation>入门</translation>
    </message>
</context>
</TS>
