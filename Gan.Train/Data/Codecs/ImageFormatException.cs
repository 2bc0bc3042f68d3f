namespace Gan.Train.Data.Codecs;

/// <summary>
/// The one exception for bytes that do not decode to an image. The message says what was found and what to do;
/// who knows the file's name puts it in front.
/// </summary>
internal sealed class ImageFormatException(string message) : Exception(message);
