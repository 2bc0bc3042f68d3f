using Gan.Kernels.Cuda.Emulator;
using Xunit;

namespace Gan.Tests.Emulator;

/// <summary>What cannot be read or run is refused at load, with the line and its text.</summary>
public class ParserTests
{
    [Theory]
    [InlineData("ex2.approx.f32 %f1, %f2;", "ex2.approx.f32")]
    [InlineData("add.ftz.f32 %f1, %f2, %f3;", "add.ftz.f32")]
    [InlineData("add.rna.f32 %f1, %f2, %f3;", "add.rna.f32")]
    [InlineData("add.rn.rz.f32 %f1, %f2, %f3;", "add.rn.rz.f32")]
    [InlineData("min.rz.f32 %f1, %f2, %f3;", "min.rz.f32")]
    [InlineData("div.f32 %f1, %f2, %f3;", "only .rn, .rz, .rm and .rp")]
    [InlineData("div.approx.f32 %f1, %f2, %f3;", "div.approx.f32")]
    [InlineData("red.global.add.f32 [%rd0], %f1;", "red.global.add.f32")]
    [InlineData("ld.local.u32 %r1, [%rd0];", "local memory")]
    [InlineData("mma.sync.aligned.m8n8k4.row.col.f32.f16.f16.f32 {%f1}, {%r1}, {%r1}, {%f1};", "m8n8k4")]
    [InlineData("mov.u32 %r1, %clock;", "%clock")]
    [InlineData("bar.red.popc.u32 %r1, 0, %p1;", "bar.red")]
    [InlineData("cp.async.cg.shared.global [%r0], [%rd0], 8;", "16 for .cg")]
    [InlineData("cvt.f32.s32 %f1, %r0;", "cvt.f32.s32")]
    [InlineData("mul.s32 %r1, %r0, %r0;", "one of .lo, .hi, .wide")]
    [InlineData("bra NOWHERE;", "unknown label NOWHERE")]
    [InlineData("add.s32 %r1, %r2, %rd0;", "does not fit")]
    [InlineData("add.s64 %r1, %rd0, %rd0;", "does not fit")]
    [InlineData("add.s32 %r1, %r0;", "takes 3 operands")]
    [InlineData("add.s32 %r1, %r0, %r0, %r0;", "takes 3 operands")]
    [InlineData("add.s32 %r1, %r0, %r40;", "never written")]
    [InlineData("add.s32 %r1, %r0, %q1;", "%q1")]
    [InlineData("@%r1 add.s32 %r1, %r0, %r0;", "no predicate")]
    [InlineData("@%p99 add.s32 %r1, %r0, %r0;", "unknown predicate")]
    [InlineData("ld.global.u32 %r1, %rd0;", "address")]
    [InlineData("ld.global.v8.f32 %f1, [%rd0];", "v8")]
    [InlineData("setp.foo.s32 %p1, %r0, %r0;", "setp.foo.s32")]
    [InlineData("add.s32 %r1, %r0, 0x;", "no number")]
    [InlineData("add.s32 %r1 %r0, 1;", "';' expected")]
    [InlineData(".local .align 4 .b8 x[16];", "local memory")]
    [InlineData("call.uni foo;", "call.uni")]
    public void WhatIsNotSupportedIsNamed(string statement, string part)
    {
        string ptx = EmulatorHost.Kernel($"mov.f32 %f2, 0f3F800000; mov.f32 %f3, %f2; mov.b32 %r2, 0;\n{statement}\nret;");
        var error = Assert.Throws<PtxException>(() => PtxModule.Parse(ptx));
        Assert.Equal(EmulatorHost.LineOf(ptx, statement), error.Line);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.Contains(statement, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".func foo() { ret; }", "inline")]
    [InlineData(".visible .entry k() { ret;", "ends too early")]
    [InlineData("hello", "unknown directive")]
    [InlineData("/* no end", "comment without end")]
    [InlineData("\"no end", "closing quote")]
    [InlineData(".entry k() { .reg .b32 %a<2>; .reg .b32 %a<1>; ret; }", "declared twice")]
    [InlineData(".entry k() { L: L: ret; }", "twice")]
    [InlineData(".entry k() { ret; } .entry k() { ret; }", "occurs twice")]
    [InlineData(".entry k() { .reg .b32 %a<999999>; ret; }", "registers")]
    [InlineData(".global .b8 x[2] = {1, 2, 3};", "too many values")]
    [InlineData(".entry k() { # }", "unexpected character")]
    public void MalformedModulesAreRefused(string text, string part) =>
        Assert.Contains(part, Assert.Throws<PtxException>(() => PtxModule.Parse(".version 7.0\n.target sm_70\n" + text)).Message, StringComparison.Ordinal);

    [Fact]
    public void ParametersAreLaidOutAsDeclared()
    {
        PtxFunction function = PtxModule.Parse("""
            .version 7.0
            .target sm_70, debug
            .visible .entry k(.param .u8 a, .param .align 16 .b8 b[36], .param .u32 c, .param .u64 .ptr .global .align 16 d)
            .maxntid 128, 2, 1
            {
                .reg .b32 %r;
                .shared .align 4 .b8 x[10];
                .shared .align 8 .f64 y;
                ld.param.u32 %r, [c]; // comment
                .loc 1 2 3
                .pragma "nounroll";
                ret;
            }
            """).Functions["k"];
        Assert.Equal((72, 24, 256), (function.ParameterBytes, function.StaticSharedBytes, function.MaxThreads));
    }
}
