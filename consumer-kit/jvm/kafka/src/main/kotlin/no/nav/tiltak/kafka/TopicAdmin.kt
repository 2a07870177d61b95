package no.nav.tiltak.kafka

import no.nav.tiltak.kafka.core.Input
import no.nav.tiltak.kafka.core.TopicDescription
import no.nav.tiltak.kafka.core.Watermarks
import org.apache.kafka.clients.admin.Admin
import org.apache.kafka.clients.admin.AdminClientConfig
import org.apache.kafka.clients.admin.DescribeConfigsOptions
import org.apache.kafka.clients.admin.DescribeTopicsOptions
import org.apache.kafka.clients.admin.ListOffsetsOptions
import org.apache.kafka.clients.admin.OffsetSpec
import org.apache.kafka.clients.consumer.ConsumerConfig
import org.apache.kafka.common.IsolationLevel
import org.apache.kafka.common.TopicPartition
import org.apache.kafka.common.config.ConfigResource
import org.apache.kafka.common.errors.AuthenticationException
import org.apache.kafka.common.errors.AuthorizationException
import org.apache.kafka.common.errors.InvalidTopicException
import org.apache.kafka.common.errors.RetriableException
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionException
import java.util.concurrent.CompletionStage
import java.util.concurrent.ExecutionException

/** Asks the brokers about one topic. Answers come as inputs of the core, on a thread of the client. */
internal class TopicAdmin(client: Map<String, Any?>, private val topic: String) : AutoCloseable {
    private val brokers = brokersOf(client)
    private val admin: Admin = Admin.create(client - (ConsumerConfig.configNames() - AdminClientConfig.configNames()))

    /** Gives [Input.Described] or [Input.NotDescribed]. */
    fun describe(answer: (Input) -> Unit) {
        val described = admin.describeTopics(listOf(topic), DescribeTopicsOptions().timeoutMs(TIMEOUT_MS))
            .topicNameValues().getValue(topic).toCompletionStage()
        val watermarks = described.thenCompose { description ->
            val partitions = description.partitions().map { TopicPartition(topic, it.partition()) }
            val start = offsets(partitions, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED)
            val stable = offsets(partitions, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED)
            val high = offsets(partitions, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED)
            val marks = start.thenCombine(stable) { first, last -> first to last }.thenCombine(high) { (first, last), end ->
                partitions.map { it.partition() }.associateWith {
                    // The answers are of different moments.
                    val lastStable = maxOf(first.getValue(it), last.getValue(it))
                    Watermarks(first.getValue(it), lastStable, maxOf(lastStable, end.getValue(it)))
                }
            }
            marks.thenApply { TopicDescription(description.topicId().toString(), it) }
        }
        watermarks.whenComplete { description, error ->
            answer(if (error == null) Input.Described(description) else Input.NotDescribed(explain(error)))
        }
    }

    private fun offsets(partitions: List<TopicPartition>, spec: OffsetSpec, isolation: IsolationLevel): CompletionStage<Map<Int, Long>> {
        val options = ListOffsetsOptions(isolation).timeoutMs(TIMEOUT_MS)
        return admin.listOffsets(partitions.associateWith { spec }, options).all().toCompletionStage()
            .thenApply { all -> all.entries.associate { (partition, info) -> partition.partition() to info.offset() } }
    }

    /** Gives [Input.Settings] or why they cannot be had; null if it is worth asking again. */
    fun settings(): CompletableFuture<Result<Input.Settings>?> {
        val resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
        val asked = admin.describeConfigs(listOf(resource), DescribeConfigsOptions().timeoutMs(TIMEOUT_MS))
        return asked.values().getValue(resource).toCompletionStage().toCompletableFuture().handle { config, error ->
            val retention = config?.get("delete.retention.ms")?.value()?.toLongOrNull()
            val policy = config?.get("cleanup.policy")?.value()
            when {
                error != null && unwrap(error) is RetriableException -> null
                error != null && unwrap(error) is AuthorizationException ->
                    Result.failure(IllegalStateException("the application lacks the right DescribeConfigs on the topic $topic (its ACL)"))
                error != null -> Result.failure(unwrap(error))
                retention == null || policy == null ->
                    Result.failure(IllegalStateException("the broker tells no cleanup.policy or no delete.retention.ms"))
                else -> Result.success(Input.Settings(policy, retention))
            }
        }
    }

    private fun explain(error: Throwable): TableException = when (val cause = unwrap(error)) {
        is UnknownTopicOrPartitionException, is InvalidTopicException -> TableException.MissingTopic(topic, brokers)
        is AuthorizationException -> TableException.Forbidden(topic, brokers)
        is AuthenticationException -> TableException.Untrusted(brokers, cause)
        is RetriableException -> TableException.Unreachable(brokers, Duration.ofMillis(TIMEOUT_MS.toLong()), cause)
        else -> TableException.RequestFailed(topic, cause)
    }

    override fun close() {
        admin.close(Duration.ofSeconds(1))
    }
}

private fun unwrap(error: Throwable): Throwable =
    if (error is CompletionException || error is ExecutionException) error.cause ?: error else error

private const val TIMEOUT_MS = 10_000
