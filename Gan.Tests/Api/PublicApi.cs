using System.Reflection;

namespace Gan.Tests.Api;

/// <summary>An assembly's public and protected surface as text, a line a member, in a fixed order: what users of the library can depend on.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(int)] = "int", [typeof(uint)] = "uint", [typeof(long)] = "long",
        [typeof(ulong)] = "ulong", [typeof(float)] = "float", [typeof(double)] = "double", [typeof(string)] = "string", [typeof(object)] = "object",
    };

    public static string[] Lines(Assembly assembly) =>
    [
        .. assembly.GetExportedTypes().OrderBy(static t => t.FullName, StringComparer.Ordinal)
            .SelectMany(static t => Members(t).Order(StringComparer.Ordinal).Select(static m => "    " + m).Prepend(Header(t))),
    ];

    private static string Header(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : typeof(Delegate).IsAssignableFrom(type) ? "delegate" : "class";
        string modifiers = type.IsAbstract && type.IsSealed ? "static " : type.IsInterface || type.IsValueType ? "" : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "";
        Type[] bases = [.. new[] { type.BaseType }.OfType<Type>().Where(static b => b != typeof(object) && b != typeof(ValueType) && b != typeof(Enum)), .. type.GetInterfaces()];
        IEnumerable<string> names = bases.Where(static b => b.IsVisible).Select(Name).Order(StringComparer.Ordinal);
        return $"{modifiers}{kind} {type.Namespace}.{Name(type)}{(bases.Length > 0 && !type.IsEnum ? " : " + string.Join(", ", names) : "")}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(n => $"{n} = {Convert.ToInt64(Enum.Parse(type, n))}");
        }
        return
        [
            .. type.GetConstructors(Declared).Where(Visible).Select(c => $"{Access(c)}new({Parameters(c)})"),
            .. type.GetFields(Declared).Where(static f => f.IsPublic || f.IsFamily).Select(static f => $"{(f.IsLiteral ? "const" : f.IsStatic ? "static" : "field")} {Name(f.FieldType)} {f.Name}"),
            .. type.GetProperties(Declared).Select(Property).OfType<string>(),
            .. type.GetMethods(Declared).Where(static m => Visible(m) && (!m.IsSpecialName || m.Name.StartsWith("op_", StringComparison.Ordinal)))
                .Select(static m => $"{Access(m)}{Modifiers(m)}{Name(m.ReturnType)} {m.Name}{Generic(m)}({Parameters(m)})"),
        ];
    }

    private static string? Property(PropertyInfo property)
    {
        MethodInfo? get = property.GetMethod is { } g && Visible(g) ? g : null, set = property.SetMethod is { } s && Visible(s) ? s : null;
        if ((get ?? set) is not { } accessor)
        {
            return null;
        }
        string index = property.GetIndexParameters() is { Length: > 0 } parameters ? $"[{string.Join(", ", parameters.Select(Parameter))}]" : "";
        bool init = set?.ReturnParameter.GetRequiredCustomModifiers().Length > 0;
        return $"{Access(accessor)}{Modifiers(accessor)}{Name(property.PropertyType)} {property.Name}{index} {{ {(get is null ? "" : "get; ")}{(set is null ? "" : init ? "init; " : "set; ")}}}";
    }

    private static bool Visible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static string Modifiers(MethodBase method) =>
        method.IsStatic ? "static "
        : method.DeclaringType!.IsInterface ? ""
        : method.IsAbstract ? "abstract "
        : method.IsVirtual && !method.IsFinal ? ((MethodInfo)method).GetBaseDefinition() == method ? "virtual " : "override "
        : "";

    private static string Generic(MethodInfo method) => method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        string by = parameter.IsOut ? "out " : parameter.ParameterType.IsByRef ? "ref " : "";
        string value = !parameter.HasDefaultValue ? "" : $" = {parameter.DefaultValue switch { null => "default", string s => $"\"{s}\"", bool b => b ? "true" : "false", var v => FormattableString.Invariant($"{v}") }}";
        return $"{by}{Name(parameter.ParameterType)} {parameter.Name}{value}";
    }

    private static string Name(Type type)
    {
        if (type.IsByRef)
        {
            return Name(type.GetElementType()!);
        }
        if (type.IsArray)
        {
            return Name(type.GetElementType()!) + "[]";
        }
        if (type.IsPointer)
        {
            return Name(type.GetElementType()!) + "*";
        }
        if (Keywords.TryGetValue(type, out string? keyword))
        {
            return keyword;
        }
        string name = type.IsNested && !type.IsGenericParameter ? $"{Name(type.DeclaringType!)}.{type.Name}" : type.Name;
        return type.IsGenericType ? $"{name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }
}
