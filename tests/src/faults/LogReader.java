import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads topics with the Java client, as a reader of committed records: arguments are the brokers and the topics. For each line
 * on standard input it says what has come since the line before, one JSON object a line, and then "end". In keys, values and
 * headers each character stands for a byte.
 */
public final class LogReader {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<TopicPartition> partitions = new ArrayList<>();
    private final PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false);

    private LogReader(String[] arguments) {
        Map<String, Object> settings = Map.of(
            "bootstrap.servers", arguments[0],
            "isolation.level", "read_committed",
            "enable.auto.commit", "false",
            // A position that is not there any more is an error.
            "auto.offset.reset", "none");
        consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        for (int i = 1; i < arguments.length; i++) {
            for (PartitionInfo it : consumer.partitionsFor(arguments[i])) {
                partitions.add(new TopicPartition(it.topic(), it.partition()));
            }
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    public static void main(String[] arguments) throws Exception {
        LogReader reader = new LogReader(arguments);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        while (in.readLine() != null) {
            reader.next();
        }
    }

    /** To the last stable offsets, as they are when it begins. */
    private void next() {
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        StringBuilder lines = new StringBuilder();
        while (partitions.stream().anyMatch(it -> consumer.position(it) < ends.get(it))) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                write(record, lines);
            }
            out.print(lines);
            lines.setLength(0);
        }
        out.println("end");
        out.flush();
    }

    private static void write(ConsumerRecord<byte[], byte[]> record, StringBuilder out) {
        out.append("{\"topic\":\"").append(record.topic());
        out.append("\",\"partition\":").append(record.partition());
        out.append(",\"offset\":").append(record.offset());
        out.append(",\"timestamp\":").append(record.timestamp());
        out.append(",\"headers\":[");
        String separator = "";
        for (Header header : record.headers()) {
            out.append(separator).append('[');
            text(header.key().getBytes(StandardCharsets.UTF_8), out);
            out.append(',');
            text(header.value(), out);
            out.append(']');
            separator = ",";
        }
        out.append("],\"key\":");
        text(record.key(), out);
        out.append(",\"value\":");
        text(record.value(), out);
        out.append("}\n");
    }

    private static void text(byte[] bytes, StringBuilder out) {
        if (bytes == null) {
            out.append("null");
            return;
        }
        out.append('"');
        for (byte one : bytes) {
            char c = (char) (one & 0xff);
            if (c >= ' ' && c <= '~' && c != '"' && c != '\\') {
                out.append(c);
            } else {
                out.append(String.format("\\u%04x", (int) c));
            }
        }
        out.append('"');
    }
}
