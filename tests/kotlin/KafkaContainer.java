package org.testcontainers.kafka;

import java.util.Iterator;
import java.util.List;
import org.testcontainers.lifecycle.Startable;

/**
 * Stands before the real one on the class path when the README's tests are run, so that they need no Docker: each
 * container that is started is one of the brokers of BROKERS, which hold nothing yet.
 */
public final class KafkaContainer implements Startable {
    private static final Iterator<String> BROKERS = List.of(System.getenv("BROKERS").split(" ")).iterator();

    private String broker;

    public KafkaContainer(String image) {}

    @Override
    public void start() {
        if (!BROKERS.hasNext()) {
            throw new IllegalStateException("the README starts more containers than there are brokers");
        }
        broker = BROKERS.next();
    }

    @Override
    public void stop() {}

    public String getBootstrapServers() {
        return broker;
    }
}
