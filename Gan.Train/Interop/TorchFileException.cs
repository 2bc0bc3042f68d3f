namespace Gan.Train.Interop;

/// <summary>A .pth file that cannot be used; the message says what it holds and what to do. It does not name the file: the caller does.</summary>
internal sealed class TorchFileException(string message, Exception? inner = null) : Exception(message, inner);
