using System.Buffers.Binary;
using Gan.Core.Serialization;
using Xunit;

namespace Gan.Tests.Serialization;

/// <summary>Each row breaks one rule of the format; the message must say which.</summary>
public sealed class SafetensorsMalformedTests
{
    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 3, "truncated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 5, "trailing bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}""", 5, "hole")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "overlaps")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}}""", 5, "hole")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", 4, "twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"\u0061":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}""", 2, "twice")]
    [InlineData("""{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "given twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "takes 8 bytes")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""", 4, "F8_E4M3")]
    [InlineData("""{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}""", 4, "dtype")]
    [InlineData("""{"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}""", 4, "dtype is 7")]
    [InlineData("""{"a":{"shape":[1],"data_offsets":[0,4]}}""", 4, "'dtype' is missing")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", 4, "'shape' is missing")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "'data_offsets' is missing")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "shape holds -1")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}""", 4, "shape holds 1.0")]
    [InlineData("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4, "shape holds the string")]
    [InlineData("""{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}""", 4, "shape holds an array")]
    [InlineData("""{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", 4, "shape is 1")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "begin <= end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}""", 4, "begin, end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "overflows")]
    [InlineData("""{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}}""", 0, "overflows")]
    [InlineData("""{"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,0]}}""", 0, "shape holds")]
    [InlineData("""{"a":null}""", 0, "entry is null")]
    [InlineData("""{"a":[1]}""", 0, "entry is an array")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "expected a string")]
    [InlineData("""{"__metadata__":null}""", 0, "expected an object")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", 0, "twice")]
    [InlineData("""{} {}""", 0, "not valid JSON")]
    [InlineData("""{"a":""", 0, "not valid JSON")]
    [InlineData("""{"a\ud800":1}""", 0, "not valid JSON")]
    [InlineData("""[]""", 0, "must start with '{'")]
    [InlineData(""" {}""", 0, "must start with '{'")]
    [InlineData("", 0, "must start with '{'")]
    public void IsRefused(string json, int dataBytes, string expected)
    {
        var error = Assert.Throws<SafetensorsException>(() => Safetensors.Parse(SafetensorsTests.Raw(json, dataBytes), "weights.safetensors"));
        Assert.StartsWith("weights.safetensors: ", error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void InvalidUtf8IsRefused()
    {
        var bytes = SafetensorsTests.Raw("""{"aa":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", 0);
        bytes[10] = 0xff;
        Assert.Throws<SafetensorsException>(() => Safetensors.Parse(bytes));
    }

    [Theory]
    [InlineData(0, "8-byte")]
    [InlineData(7, "8-byte")]
    public void TooShortForALength(int length, string expected) =>
        Assert.Contains(expected, Assert.Throws<SafetensorsException>(() => Safetensors.Parse(new byte[length])).Message);

    [Theory]
    [InlineData(ulong.MaxValue, "above the format's limit")]
    [InlineData(100_000_001UL, "above the format's limit")]
    [InlineData(100_000_000UL, "beyond the file's")]
    [InlineData(9UL, "beyond the file's")]
    public void HeaderLengthMustFit(ulong length, string expected)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        Assert.Contains(expected, Assert.Throws<SafetensorsException>(() => Safetensors.Parse(bytes)).Message);
    }

    [Fact]
    public void ListingOrderNeedNotBeDataOrder()
    {
        // The reference reader sorts by offset too.
        var bytes = SafetensorsTests.Raw("""{"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"note":{}}}   """, 2);
        bytes[^1] = 5;
        Assert.Equal([5L], Safetensors.Parse(bytes)["b"].ToInt64());
    }

    [Fact]
    public void MutatedFilesReadOrRaiseTheOneException()
    {
        const int seed = 20260;
        var random = new Random(seed);
        var good = SafetensorsTests.Write(
            [HostTensor.FromFloat32("a", [2, 2], [1, 2, 3, 4]), HostTensor.FromInt64("n", ReadOnlySpan<int>.Empty, [3]), new HostTensor("u", TensorDType.U8, [3], new byte[3])],
            new Dictionary<string, string> { ["format"] = "pt" });
        var refused = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = Mutate(good, random);
            try
            {
                foreach (var tensor in Safetensors.Parse(bytes))
                {
                    Assert.Equal(tensor.Count * tensor.DType.ByteSize(), tensor.Bytes.Length);
                }
            }
            catch (SafetensorsException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, case {i}: {Convert.ToHexString(bytes)}: {e}");
            }
        }

        Assert.InRange(refused, 5_000, 19_999);
    }

    private static byte[] Mutate(byte[] good, Random random)
    {
        var bytes = (byte[])good.Clone();
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            switch (random.Next(4))
            {
                case 0:
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(32, 127);
                    break;
                case 2:
                    bytes = bytes[..random.Next(1, bytes.Length + 1)];
                    break;
                default:
                    var at = random.Next(bytes.Length);
                    bytes = [.. bytes[..at], .. good.AsSpan(random.Next(good.Length)).Slice(0, 1), .. bytes[at..]];
                    break;
            }
        }

        return bytes;
    }
}
