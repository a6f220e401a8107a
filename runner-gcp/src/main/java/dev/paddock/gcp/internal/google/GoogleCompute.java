package dev.paddock.gcp.internal.google;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.cloud.compute.v1.AggregatedListAcceleratorTypesRequest;
import com.google.cloud.compute.v1.AggregatedListInstancesRequest;
import com.google.cloud.compute.v1.AggregatedListMachineTypesRequest;
import com.google.cloud.compute.v1.BulkInsertInstanceResource;
import com.google.cloud.compute.v1.BulkInsertRegionInstanceRequest;
import com.google.cloud.compute.v1.DeleteInstanceRequest;
import com.google.cloud.compute.v1.GetGuestAttributesInstanceRequest;
import com.google.cloud.compute.v1.GetInstanceRequest;
import com.google.cloud.compute.v1.GetInstanceTemplateRequest;
import com.google.cloud.compute.v1.GetProjectRequest;
import com.google.cloud.compute.v1.GetRegionInstanceTemplateRequest;
import com.google.cloud.compute.v1.GetRegionOperationRequest;
import com.google.cloud.compute.v1.GetSerialPortOutputInstanceRequest;
import com.google.cloud.compute.v1.GetZoneOperationRequest;
import com.google.cloud.compute.v1.InsertInstanceRequest;
import com.google.cloud.compute.v1.Instance;
import com.google.cloud.compute.v1.InstancesClient;
import com.google.cloud.compute.v1.ListRegionsRequest;
import com.google.cloud.compute.v1.ListZoneOperationsRequest;
import com.google.cloud.compute.v1.ListZonesRequest;
import com.google.cloud.compute.v1.Metadata;
import com.google.cloud.compute.v1.SetMetadataInstanceRequest;
import dev.paddock.gcp.internal.Calls.Carrier;
import dev.paddock.gcp.internal.ComputeWire;
import dev.paddock.gcp.internal.OperationRef;
import dev.paddock.gcp.internal.TemplateName;
import dev.paddock.spi.Scheduler;

/**
 * Carries calls over Google's client. Its retries, its ten-minute deadlines and its waiting for operations are not used:
 * those who ask have their own, and Google's waiting loses an operation's error. Thread-safe.
 */
final class GoogleCompute implements ComputeWire {
    private final GoogleCarrier carrier;
    private final GoogleClients clients;
    private final String project;

    GoogleCompute(GoogleChannel channel, GoogleClients clients, Scheduler scheduler) {
        this.carrier = new GoogleCarrier(channel, scheduler);
        this.clients = clients;
        this.project = channel.project();
    }

    @Override
    public Carrier insert(String zone, String template, String requestId, ObjectNode body) {
        var request = InsertInstanceRequest.newBuilder()
                .setProject(project)
                .setZone(zone)
                .setSourceInstanceTemplate(template)
                .setRequestId(requestId)
                .setInstanceResource(
                        Messages.message(body, Instance.newBuilder()).build())
                .build();
        return carrier.of(clients.instances, InstancesClient::insertCallable, request);
    }

    @Override
    public Carrier bulkInsert(String region, String requestId, ObjectNode body) {
        var request = BulkInsertRegionInstanceRequest.newBuilder()
                .setProject(project)
                .setRegion(region)
                .setRequestId(requestId)
                .setBulkInsertInstanceResourceResource(Messages.message(body, BulkInsertInstanceResource.newBuilder())
                        .build())
                .build();
        return carrier.of(clients.regionInstances, client -> client.bulkInsertCallable(), request);
    }

    @Override
    public Carrier delete(String zone, String name, String requestId) {
        var request = DeleteInstanceRequest.newBuilder()
                .setProject(project)
                .setZone(zone)
                .setInstance(name)
                .setRequestId(requestId)
                .build();
        return carrier.of(clients.instances, InstancesClient::deleteCallable, request);
    }

    @Override
    public Carrier setMetadata(String zone, String name, ObjectNode body) {
        var request = SetMetadataInstanceRequest.newBuilder()
                .setProject(project)
                .setZone(zone)
                .setInstance(name)
                .setMetadataResource(
                        Messages.message(body, Metadata.newBuilder()).build())
                .build();
        return carrier.of(clients.instances, InstancesClient::setMetadataCallable, request);
    }

    @Override
    public Carrier operation(OperationRef operation) {
        if (operation.zonal()) {
            var request = GetZoneOperationRequest.newBuilder()
                    .setProject(project)
                    .setZone(operation.place())
                    .setOperation(operation.name())
                    .build();
            return carrier.of(clients.zoneOperations, client -> client.getCallable(), request);
        }
        var request = GetRegionOperationRequest.newBuilder()
                .setProject(project)
                .setRegion(operation.place())
                .setOperation(operation.name())
                .build();
        return carrier.of(clients.regionOperations, client -> client.getCallable(), request);
    }

    @Override
    public Carrier operations(String zone, String filter, String page) {
        var request = ListZoneOperationsRequest.newBuilder()
                .setProject(project)
                .setZone(zone)
                .setFilter(filter)
                .setMaxResults(PAGE);
        if (!page.isEmpty()) {
            request.setPageToken(page);
        }
        return carrier.of(clients.zoneOperations, client -> client.listCallable(), request.build());
    }

    @Override
    public Carrier instance(String zone, String name) {
        var request = GetInstanceRequest.newBuilder()
                .setProject(project)
                .setZone(zone)
                .setInstance(name)
                .build();
        return carrier.of(clients.instances, InstancesClient::getCallable, request);
    }

    @Override
    public Carrier instances(String filter, String page) {
        var request = AggregatedListInstancesRequest.newBuilder()
                .setProject(project)
                .setMaxResults(PAGE)
                .setReturnPartialSuccess(true);
        if (!filter.isEmpty()) {
            request.setFilter(filter);
        }
        if (!page.isEmpty()) {
            request.setPageToken(page);
        }
        return carrier.of(
                clients.instances, InstancesClient::aggregatedListCallable, request.build(), Messages::namesOnly);
    }

    @Override
    public Carrier regions(String page) {
        var request = ListRegionsRequest.newBuilder()
                .setProject(project)
                .setMaxResults(PAGE)
                .setReturnPartialSuccess(true);
        if (!page.isEmpty()) {
            request.setPageToken(page);
        }
        return carrier.of(clients.regions, client -> client.listCallable(), request.build());
    }

    @Override
    public Carrier project() {
        var request = GetProjectRequest.newBuilder().setProject(project).build();
        return carrier.of(clients.projects, client -> client.getCallable(), request);
    }

    @Override
    public Carrier zones(String page) {
        var request = ListZonesRequest.newBuilder()
                .setProject(project)
                .setMaxResults(PAGE)
                .setReturnPartialSuccess(true);
        if (!page.isEmpty()) {
            request.setPageToken(page);
        }
        return carrier.of(clients.zones, client -> client.listCallable(), request.build());
    }

    @Override
    public Carrier accelerators(String page) {
        var request = AggregatedListAcceleratorTypesRequest.newBuilder()
                .setProject(project)
                .setMaxResults(PAGE)
                .setReturnPartialSuccess(true);
        if (!page.isEmpty()) {
            request.setPageToken(page);
        }
        return carrier.of(clients.acceleratorTypes, client -> client.aggregatedListCallable(), request.build());
    }

    @Override
    public Carrier machineTypes(String filter, String page) {
        var request = AggregatedListMachineTypesRequest.newBuilder()
                .setProject(project)
                .setFilter(filter)
                .setMaxResults(PAGE)
                .setReturnPartialSuccess(true);
        if (!page.isEmpty()) {
            request.setPageToken(page);
        }
        return carrier.of(clients.machineTypes, client -> client.aggregatedListCallable(), request.build());
    }

    @Override
    public Carrier template(TemplateName template) {
        if (template.region().isEmpty()) {
            var request = GetInstanceTemplateRequest.newBuilder()
                    .setProject(template.project())
                    .setInstanceTemplate(template.name())
                    .build();
            return carrier.of(clients.templates, client -> client.getCallable(), request);
        }
        var request = GetRegionInstanceTemplateRequest.newBuilder()
                .setProject(template.project())
                .setRegion(template.region())
                .setInstanceTemplate(template.name())
                .build();
        return carrier.of(clients.regionTemplates, client -> client.getCallable(), request);
    }

    @Override
    public Carrier serialPort(String zone, String name, long start) {
        var request = GetSerialPortOutputInstanceRequest.newBuilder()
                .setProject(project)
                .setZone(zone)
                .setInstance(name)
                .setPort(1)
                .setStart(start)
                .build();
        return carrier.of(clients.instances, InstancesClient::getSerialPortOutputCallable, request);
    }

    @Override
    public Carrier guestAttributes(String zone, String name, String queryPath) {
        var request = GetGuestAttributesInstanceRequest.newBuilder()
                .setProject(project)
                .setZone(zone)
                .setInstance(name)
                .setQueryPath(queryPath)
                .build();
        return carrier.of(clients.instances, InstancesClient::getGuestAttributesCallable, request);
    }
}
