import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.util.HashMap;
import java.util.Set;
import java.util.TreeSet;

/** Prints the names of the examples that a validator (`schemas`) or the generated classes (`classes`) refuse. */
class Jvm {
    interface Reader {
        boolean accepts(String text) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        var mapper = new ObjectMapper();
        var work = mapper.readTree(new File("work.json"));
        var readers = new HashMap<String, Reader>();
        for (var schema : work.get("schemas")) {
            readers.put(place(schema), arguments[0].equals("schemas") ? validator(schema) : classes(schema));
        }
        Set<String> refused = new TreeSet<>();
        for (var it : work.get("cases")) {
            if (!readers.get(place(it)).accepts(it.get("text").asText())) {
                refused.add(it.get("name").asText());
            }
        }
        System.out.println(mapper.writeValueAsString(refused));
    }

    private static String place(JsonNode it) {
        return it.get("topic").asText() + " " + it.get("part").asText();
    }

    private static Reader validator(JsonNode it) {
        Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(it.get("schema").toString(), InputFormat.JSON);
        return text -> schema.validate(text, InputFormat.JSON,
                context -> context.executionConfig(config -> config.formatAssertionsEnabled(true))).isEmpty();
    }

    /** There are classes of the values alone. */
    private static Reader classes(JsonNode it) throws ReflectiveOperationException {
        if (it.get("part").asText().equals("key")) {
            return text -> true;
        }
        var converter = Class.forName(it.get("title").asText().toLowerCase() + ".Converter");
        var read = converter.getMethod("fromJsonString", String.class);
        return text -> {
            try {
                return read.invoke(null, text) != null;
            } catch (InvocationTargetException refused) {
                return false;
            }
        };
    }
}
